"""The questions before a time."""
