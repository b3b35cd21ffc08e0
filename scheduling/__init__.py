"""The clinic, its free times and its appointments, from the first search to the last change."""
