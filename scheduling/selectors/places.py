"""Where the sites are, and how far from a place a patient names."""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from scheduling.models import ClinicGroup, Place, Site

EARTH_RADIUS_MILES = 3958.8


@dataclass(frozen=True, slots=True)
class SiteNearby:
    """A site and its distance in miles from where the patient is; None when that is unknown."""

    site: Site
    miles: float | None


def clinic_group() -> ClinicGroup | None:
    """The organization this installation serves, once it is loaded."""
    return ClinicGroup.objects.first()


def miles_between(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance of two (latitude, longitude) pairs in degrees (haversine formula)."""
    (lat_a, lon_a), (lat_b, lon_b) = (tuple(map(radians, point)) for point in (a, b))
    half = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS_MILES * asin(sqrt(half))


def place_named(text: str) -> Place | None:
    """The place a patient typed: a postcode or a town, whole or by its beginning."""
    typed = text.strip()
    if not typed or "\x00" in typed:  # PostgreSQL has no NUL, and answers with an error
        return None
    return (
        Place.objects.filter(name__iexact=typed).first()
        or Place.objects.filter(name__istartswith=typed).order_by("name").first()
    )


def sites_offering(visit_type_id: int, *, near: Place | None) -> list[SiteNearby]:
    """The active sites where somebody offers this visit, nearest first, or by name."""
    sites = Site.objects.filter(
        active=True,
        availability_rules__resource__clinician__active=True,
        availability_rules__resource__clinician__visit_types=visit_type_id,
    ).distinct()
    if near is None:
        return [SiteNearby(site, None) for site in sites.order_by("name")]
    here = (near.latitude, near.longitude)
    found = [
        SiteNearby(site, miles_between(here, (site.latitude, site.longitude))) for site in sites
    ]
    return sorted(found, key=lambda each: each.miles or 0.0)


def clinic_name() -> str:
    """The clinic group's name, as patients know it; ours before a clinic is loaded."""
    group = clinic_group()
    return group.name if group else "Visitwell"
