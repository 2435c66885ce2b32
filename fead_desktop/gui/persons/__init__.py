"""The gallery of persons."""
