"""Asking how a visit was, and showing managers what came of it."""
