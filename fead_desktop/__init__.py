"""FEAD Desktop: the moments of a recording that are unusual for a person, for human review."""

__version__ = "0.1.0"

APP_ID = "fead-desktop"
APP_NAME = "FEAD Desktop"
