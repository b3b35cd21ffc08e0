"""Appointments that were made: reading them, and telling people about them."""
