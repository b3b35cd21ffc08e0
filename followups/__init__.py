"""After the visit: what was said, and what to do next."""
