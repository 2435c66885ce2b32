"""Frames in time: frame index, exact decoding, shots, sound, clips."""
