"""What apps need of PostgreSQL, Redis and secrets. Knows no patient and no clinic."""
