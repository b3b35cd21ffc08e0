"""Appointments that come from another system as a file, and go to one."""
