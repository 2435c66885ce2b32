"""The player: exact frames by number, sound, and boxes over the picture."""
