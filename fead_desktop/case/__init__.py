"""The case: everything known about one recording, in one file."""
