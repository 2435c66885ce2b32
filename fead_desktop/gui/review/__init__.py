"""Looking at the events: the table, and why each is unusual."""
