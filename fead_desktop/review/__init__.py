"""Judging the events: verdicts, the queue they come from, and how far reviewers agree."""
