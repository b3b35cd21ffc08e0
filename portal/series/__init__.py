"""Several visits at once: a series, or a family's on one day."""
