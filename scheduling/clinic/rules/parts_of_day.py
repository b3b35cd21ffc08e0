"""The parts of a day. Pure."""

# The parts of a day by the hours of the site's clock, the last one not included.
PARTS: dict[str, tuple[int, int]] = {
    "morning": (0, 12),
    "afternoon": (12, 17),
    "evening": (17, 24),
}
