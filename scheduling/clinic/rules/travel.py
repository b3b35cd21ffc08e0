"""How long clinicians need from one site to another. Pure."""

from math import asin, ceil, cos, radians, sin, sqrt

EARTH_RADIUS_MILES = 3958.8
# Between two sites: parking and walking, and the way on city streets, rounded up to five minutes.
DOOR_TO_DOOR_MINUTES = 10
MILES_AN_HOUR = 25
LONGEST_TRAVEL = 4 * 60 * 60


def travel_minutes(here: tuple[float, float], there: tuple[float, float]) -> int:
    """Minutes a clinician needs between two places (latitude, longitude in degrees).

    A plain estimate: ten minutes from door to door, and 25 miles an hour in a straight line.
    """
    miles = miles_between(here, there)
    if miles < 0.1:  # another door of the same place
        return 0
    return 5 * ceil((DOOR_TO_DOOR_MINUTES + miles / MILES_AN_HOUR * 60) / 5)


def miles_between(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance of two (latitude, longitude) pairs in degrees (haversine formula)."""
    (lat_a, lon_a), (lat_b, lon_b) = (tuple(map(radians, point)) for point in (a, b))
    half = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS_MILES * asin(sqrt(half))
