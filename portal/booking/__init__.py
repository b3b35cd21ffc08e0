"""Booking a time that is held, and booking by phone."""
