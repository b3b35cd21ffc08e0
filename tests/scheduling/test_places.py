"""The nearest site to where a patient says they are."""

import pytest

from scheduling.models import Place
from scheduling.selectors.places import miles_between, place_named, sites_offering
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
@pytest.mark.parametrize("typed", ["buffalo", " Buffalo ", "BUFF", "14201", "142"])
def test_a_place_is_found_by_its_name_or_its_beginning(typed: str) -> None:
    found = place_named(typed)
    assert found is not None
    assert (found.latitude, found.longitude) == BUFFALO


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize("typed", ["", "   ", "Atlantis", "%", "_", "\x00", "Buf\x00falo"])
def test_what_is_no_place_finds_none(typed: str) -> None:
    assert place_named(typed) is None


@pytest.mark.usefixtures("places")
def test_sites_that_offer_the_visit_come_nearest_first() -> None:
    visit_type, other = make_visit_type(), make_visit_type()
    sites = {}
    for name, point in {"far": NEW_YORK, "near": BUFFALO, "middle": CHICAGO}.items():
        site = make_site(slug=name)
        site.latitude, site.longitude = point
        site.save()
        make_clinician(site=site, visit_types=[visit_type])
        sites[name] = site
    make_clinician(site=make_site(slug="other"), visit_types=[other])

    found = sites_offering(visit_type.pk, near=place_named("Buffalo"))
    assert [each.site.slug for each in found] == ["near", "far", "middle"]
    assert found[0].miles == pytest.approx(0)
    assert all(each.miles is None for each in sites_offering(visit_type.pk, near=None))

    sites["near"].active = False
    sites["near"].save()
    left = sites_offering(visit_type.pk, near=None)
    assert sorted(each.site.slug for each in left) == ["far", "middle"]
