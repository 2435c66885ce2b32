"""Setting up an analysis and watching it."""
