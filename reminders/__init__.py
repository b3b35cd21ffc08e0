"""Reminding people of a visit, and understanding what they answer."""
