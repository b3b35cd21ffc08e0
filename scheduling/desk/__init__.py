"""The door for staff: the calendar, and what they do in it."""
