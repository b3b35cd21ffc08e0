"""A patient's visits: the list, one visit, and changing it."""
