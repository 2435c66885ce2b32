"""Work that must not hold up the window: one thread per job, one life cycle."""
