"""The timeline: score, emotions, expression and events over time."""
