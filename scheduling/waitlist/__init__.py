"""People who wait for a time, and offering them what becomes free."""
