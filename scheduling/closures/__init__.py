"""Time taken away: clinicians who are away, and blocked rooms and hours."""
