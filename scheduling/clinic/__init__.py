"""The clinic as it is set up: sites, clinicians, rooms, visit types and working hours."""
