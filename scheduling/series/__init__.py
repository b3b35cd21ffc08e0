"""Several visits at once: a series for one person, or a family's on one day."""
