"""Who offers a kind of visit and where: what patients can choose among."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db import connection

from scheduling.models import Mode, Site, VisitType
from scheduling.selectors.places import SiteNearby, Typed
from scheduling.travel import miles_between
from scheduling.wishes import Where, Who, Wishes, fits_who, sites_that_fit

# A group visit is had in the sessions that somebody leads, any other in their own time. Extra
# hours may be at a site where they do not usually work.
OFFERED = """
    WITH offering AS (
        SELECT clinician.*, resource.id AS calendar_id
        FROM scheduling_clinician AS clinician
        JOIN scheduling_clinician_visit_types AS offers
          ON offers.clinician_id = clinician.id AND offers.visittype_id = %(visit_type)s
        JOIN scheduling_resource AS resource
          ON CASE WHEN %(in_sessions)s
                  THEN resource.active AND resource.kind = 'session'
                       AND resource.leader_id = clinician.id
                  ELSE resource.id = clinician.resource_id END
        WHERE clinician.active
    ), work AS (
        SELECT rule.resource_id, rule.site_id, rule.kept_for IN ('new', 'returning') AS kept
        FROM scheduling_availabilityrule AS rule
        WHERE rule.works AND (rule.valid_until IS NULL OR rule.valid_until >= %(since)s)
          AND (NOT EXISTS (SELECT FROM scheduling_availabilityrule_visit_types
                           WHERE availabilityrule_id = rule.id)
               OR EXISTS (SELECT FROM scheduling_availabilityrule_visit_types
                          WHERE availabilityrule_id = rule.id AND visittype_id = %(visit_type)s))
        UNION ALL
        SELECT resource_id, site_id, FALSE FROM scheduling_availabilityexception
        WHERE effect = 'extra' AND on_date >= %(since)s
    )
    SELECT offering.id, offering.name, offering.languages, offering.gender,
           array_agg(DISTINCT work.site_id), bool_or(work.kept)
    FROM offering JOIN work ON work.resource_id = offering.calendar_id
    GROUP BY offering.id, offering.name, offering.languages, offering.gender
    ORDER BY offering.name, offering.id
"""


@dataclass(frozen=True)
class Offering:
    """Everybody who offers a visit, by name, and every site, by name or nearest first.

    ``asks_standing`` says that some times are kept for new or for returning patients.
    """

    people: Sequence[Who]
    sites: Sequence[SiteNearby]
    asks_standing: bool

    @cached_property
    def people_by_id(self) -> dict[int, Who]:
        return {who.clinician_id: who for who in self.people}

    @cached_property
    def sites_by_id(self) -> dict[int, SiteNearby]:
        return {each.site.pk: each for each in self.sites}

    @cached_property
    def places(self) -> dict[int, Where]:
        """The sites as plain values, by id."""
        return {
            each.site.pk: Where(each.site.pk, each.site.step_free, each.miles)
            for each in self.sites
        }

    @property
    def languages(self) -> list[str]:
        """What is spoken here, by code."""
        return sorted({code for who in self.people for code in who.languages})

    @property
    def genders(self) -> list[str]:
        return sorted({who.gender for who in self.people if who.gender})

    def clinician_ids(self, wishes: Wishes) -> list[int] | None:
        """Who fits; None where everybody does."""
        if not wishes.of_people:
            return None
        return [who.clinician_id for who in self.people if fits_who(who, wishes)]

    def site_ids(self, wishes: Wishes) -> list[int]:
        """Where to look, nearest first."""
        return [where.site_id for where in sites_that_fit(self.places.values(), wishes)]


def offering_of(visit_type: VisitType, *, now: datetime, near: Typed | None = None) -> Offering:
    """Who offers a visit and where, with distances from a place that is known. Two queries."""
    asked: dict[str, Any] = {
        "visit_type": visit_type.pk,
        "in_sessions": visit_type.group,
        "since": (now - timedelta(days=1)).date(),  # no zone is a whole day from UTC
    }
    with connection.cursor() as cursor:
        cursor.execute(OFFERED, asked)
        rows = cursor.fetchall()
    ids = {site_id for row in rows for site_id in row[4]}
    found = [SiteNearby(site, None) for site in _sites(ids)]
    if near is not None and near.place is not None:
        here = (near.place.latitude, near.place.longitude)
        found = sorted((_from(here, each) for each in found), key=lambda each: each.miles or 0.0)
    return Offering(
        people=[Who(row[0], row[1], tuple(json.loads(row[2])), row[3]) for row in rows],
        sites=found,
        asks_standing=any(row[5] for row in rows),
    )


def clinicians_among(visit_type: VisitType, wishes: Wishes, *, now: datetime) -> list[int] | None:
    """Who of those who offer a visit fits the wishes; None where anyone does, without asking.

    A wish for one clinician is not counted: where they have no time, others like them would do.
    """
    alike = replace(wishes, clinician_id=None)
    return offering_of(visit_type, now=now).clinician_ids(alike) if alike.of_people else None


def sites_offering(
    visit_type: VisitType, *, now: datetime, near: Typed | None = None
) -> Sequence[SiteNearby]:
    """The active sites where somebody offers this visit, nearest first, or by name."""
    return offering_of(visit_type, now=now, near=near).sites


def _sites(ids: set[int]) -> list[Site]:
    return list(Site.objects.filter(active=True, pk__in=ids).order_by("name"))


def _from(here: tuple[float, float], nearby: SiteNearby) -> SiteNearby:
    there = (nearby.site.latitude, nearby.site.longitude)
    return replace(nearby, miles=miles_between(here, there))


def usual_mode(visit_type: VisitType, asked: str = "") -> str:
    """The way of meeting that is asked for, where the visit can be had so, or the usual one."""
    if asked in visit_type.modes:
        return asked
    return str(visit_type.modes[0]) if visit_type.modes else str(Mode.IN_PERSON)
