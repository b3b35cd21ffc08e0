"""The patient's pages, across all stages of a visit."""
