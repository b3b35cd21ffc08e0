"""Joining the waitlist, and answering an offer."""
