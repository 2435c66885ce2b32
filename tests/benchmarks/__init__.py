"""Benchmarks: ours against a straightforward reference beside it, in one run. ``make bench``."""
