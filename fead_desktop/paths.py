"""Where things are on this machine: data, cache, weights, logs, resources. Creates nothing at import."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from fead_desktop import APP_ID


def data_dir() -> Path:
    """Cases that have no other place yet; ``FEAD_DATA_DIR`` overrides it."""
    return _dir("FEAD_DATA_DIR", platformdirs.user_data_path(APP_ID))


def config_dir() -> Path:
    """Preferences; ``FEAD_CONFIG_DIR`` overrides it."""
    return _dir("FEAD_CONFIG_DIR", platformdirs.user_config_path(APP_ID))


def cache_dir() -> Path:
    """What may be deleted at any time; ``FEAD_CACHE_DIR`` overrides it."""
    return _dir("FEAD_CACHE_DIR", platformdirs.user_cache_path(APP_ID))


def weights_dir() -> Path:
    """Pretrained weights that the user imported or asked to be fetched."""
    return _dir("FEAD_WEIGHTS_DIR", platformdirs.user_data_path(APP_ID) / "weights")


def logs_dir() -> Path:
    """Log files of the program and of its worker."""
    return _dir("FEAD_LOGS_DIR", platformdirs.user_log_path(APP_ID))


def resources_dir() -> Path:
    """Icons, model list and texts; beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parent
    inside = package / "resources"
    return inside if inside.is_dir() else package.parent / "resources"


def _dir(variable: str, default: Path) -> Path:
    override = os.environ.get(variable)
    return Path(override) if override else default
