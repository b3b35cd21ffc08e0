"""Taking, moving and giving back a time; every change of an appointment."""
