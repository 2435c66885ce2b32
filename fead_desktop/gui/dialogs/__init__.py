"""The few things that are said in a window of their own."""
