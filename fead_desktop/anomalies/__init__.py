"""What is unusual for a person."""
