"""Arriving: who is here, whom the desk has verified, and who waits since when."""
