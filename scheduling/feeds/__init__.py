"""Private addresses at which a calendar program asks for visits."""
