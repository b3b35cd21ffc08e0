"""Where the sites are, and how far from a place a patient names."""

from dataclasses import dataclass

from scheduling.clinic.rules.place_names import beginnings, best_match, like
from scheduling.models import ClinicGroup, Place, Site


@dataclass(frozen=True, slots=True)
class SiteNearby:
    """A site and its distance in miles from where the patient is; None when that is unknown."""

    site: Site
    miles: float | None


def clinic_group() -> ClinicGroup | None:
    """The organization this installation serves, once it is loaded."""
    return ClinicGroup.objects.first()


# Normalized as ``place_names.key_of`` does, as far as the first letters go.
ALIKE = """
    SELECT id, name, latitude, longitude FROM scheduling_place
    WHERE EXISTS (
        SELECT FROM unnest(%s) AS beginning
        WHERE starts_with(
            lower(regexp_replace(normalize(name, NFKD), '[\u0300-\u036f]', '', 'g')), beginning))
    ORDER BY name LIMIT %s
"""
MOST_ALIKE = 2000


@dataclass(frozen=True, slots=True)
class TypedPlace:
    """What a patient typed for where they are: the place it names, or else places like it."""

    text: str = ""
    place: Place | None = None
    like: tuple[str, ...] = ()

    @property
    def unknown(self) -> bool:
        """Whether something was typed that names no place we know."""
        return bool(self.text) and self.place is None


def place_typed(text: str) -> TypedPlace:
    """The place a patient typed: a postcode or a town, whole or by its beginning. One query."""
    typed = text.replace("\x00", "").strip()  # PostgreSQL has no NUL, and answers with an error
    letters = beginnings(typed)
    if not letters:
        return TypedPlace(typed)
    known = {each.name: each for each in Place.objects.raw(ALIKE, [letters, MOST_ALIKE])}
    name = best_match(typed, known)
    if name is not None:
        return TypedPlace(typed, known[name])
    return TypedPlace(typed, None, tuple(like(typed, known)))


def place_named(text: str) -> Place | None:
    """The place a patient typed, if we know it. One query."""
    return place_typed(text).place


def clinic_name() -> str:
    """The clinic group's name, as patients know it; ours before a clinic is loaded."""
    group = clinic_group()
    return group.name if group else "Visitwell"
