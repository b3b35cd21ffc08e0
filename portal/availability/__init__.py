"""Finding a free time."""
