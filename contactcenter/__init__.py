"""What patients say to us by text, and the staff who answer."""
