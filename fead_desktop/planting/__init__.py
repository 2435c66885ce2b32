"""Moments planted on purpose: the demo recording."""
