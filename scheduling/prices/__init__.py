"""What a visit costs, and good faith estimates."""
