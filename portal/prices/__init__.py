"""What a visit costs, before and after booking."""
