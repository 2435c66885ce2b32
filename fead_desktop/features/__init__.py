"""What each face looks like and shows."""
