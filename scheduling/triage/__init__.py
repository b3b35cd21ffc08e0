"""Questions that lead to the right kind of visit, or to help that cannot wait."""
