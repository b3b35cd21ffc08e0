"""The nearest site to where a patient says they are."""

from datetime import datetime

import pytest

from scheduling.availability.selectors.offering import sites_offering
from scheduling.clinic.rules.travel import miles_between
from scheduling.clinic.selectors.places import place_named, place_typed
from scheduling.models import Place
from tests.builders import make_clinician, make_site, make_visit_type

BUFFALO, CHICAGO, NEW_YORK = (42.8864, -78.8784), (41.8781, -87.6298), (40.7128, -74.0060)


def test_distances_are_those_of_the_map() -> None:
    assert miles_between(BUFFALO, CHICAGO) == pytest.approx(454, abs=3)
    assert miles_between(BUFFALO, BUFFALO) == 0
    assert miles_between(CHICAGO, BUFFALO) == pytest.approx(miles_between(BUFFALO, CHICAGO))
    assert miles_between((0, 179.5), (0, -179.5)) == pytest.approx(69, abs=1), "over the date line"


@pytest.fixture
def places(db: None) -> None:
    for name, point in {"14201": BUFFALO, "Buffalo": BUFFALO, "Chicago": CHICAGO}.items():
        Place.objects.create(name=name, latitude=point[0], longitude=point[1])


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize(
    "typed",
    [
        "buffalo",
        " Buffalo ",
        "BUFF",
        "Búffalo",
        "Buffalo, NY",
        "buffalo ny",
        "Buf\x00falo",
        "14201",
        "142",
        "14201-1234",
        "14201 1234",
        "142011234",
        "Buffalo NY 14201",
        "Atlantis, NY 14201",
        "\uff11\uff14\uff12\uff10\uff11",
    ],
)
def test_a_place_is_found_by_its_name_or_its_beginning(typed: str) -> None:
    found = place_named(typed)
    assert found is not None
    assert (found.latitude, found.longitude) == BUFFALO


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize("typed", ["", "   ", "Atlantis", "%", "_", "\x00", "Bu"])
def test_what_is_no_place_finds_none(typed: str) -> None:
    assert place_named(typed) is None


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize(
    ("typed", "like"),
    [
        ("Bufalo", ["Buffalo"]),
        ("Chcago", ["Chicago"]),
        ("14299", ["14201"]),
        ("Bufalo 14299", ["14201", "Buffalo"]),
        ("Atlantis", []),
        ("", []),
    ],
)
def test_for_a_place_we_do_not_know_there_may_be_one_like_it(typed: str, like: list[str]) -> None:
    found = place_typed(typed)
    assert (found.place, list(found.like), found.unknown) == (None, like, bool(typed))


@pytest.mark.usefixtures("places")
def test_sites_that_offer_the_visit_come_nearest_first(now: datetime) -> None:
    visit_type, other = make_visit_type(), make_visit_type()
    sites = {}
    for name, point in {"far": NEW_YORK, "near": BUFFALO, "middle": CHICAGO}.items():
        site = make_site(slug=name)
        site.latitude, site.longitude = point
        site.save()
        make_clinician(site=site, visit_types=[visit_type])
        sites[name] = site
    make_clinician(site=make_site(slug="other"), visit_types=[other])

    found = sites_offering(visit_type, now=now, near=place_typed("Buffalo"))
    assert [each.site.slug for each in found] == ["near", "far", "middle"]
    assert found[0].miles == pytest.approx(0)
    assert all(each.miles is None for each in sites_offering(visit_type, now=now))

    sites["near"].active = False
    sites["near"].save()
    left = sites_offering(visit_type, now=now)
    assert sorted(each.site.slug for each in left) == ["far", "middle"]
