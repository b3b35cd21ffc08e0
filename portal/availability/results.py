"""The answers to a search for times, as the pages for choosing one show them."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.dateformat import time_format
from django.utils.formats import date_format, get_format
from django.utils.translation import gettext as _

from portal.availability.filters import SearchForm, made, shortcuts, ways_out_words
from portal.availability.query import KEPT, OF_A_TIME, SearchQuery, for_the_api
from portal.availability.selectors import DayOfTimes, SiteTimes, times_by_day
from portal.availability.words import DAY_PARTS, parts_of_day
from portal.words import visit_type_words
from scheduling.availability.rules.preferences import Reason
from scheduling.availability.selectors.finding import Found, ways_out
from scheduling.availability.selectors.search import Slot
from scheduling.availability.words import reason_words
from scheduling.models import Mode, Site


def answers_context(asked: SearchQuery, found: Found) -> dict[str, Any]:
    """All that is shown: what was asked, what fits and why, and what else could be chosen."""
    time_search = found.time_search
    days = times_by_day(found)
    return {
        "visit_type": visit_type_words(time_search.visit_type),
        "form": SearchForm(asked, found, today=time_search.now.date()),
        "made": made(asked, found),
        "shortcuts": shortcuts(asked, found),
        "by_video": time_search.preferences.mode == Mode.VIDEO,
        "soonest": _soonest(found),
        "days": [_day_words(day, found) for day in days],
        "shown_days": (days[0].day, days[-1].day) if days else None,
        "forms_for": _sites_that_fit(found),
        "kept": asked.kept(*KEPT),
        "previous_url": asked.at(before=found.previous) if found.previous else "",
        "next_url": asked.at(after=found.next) if found.next else "",
        "ways_out": [] if days else ways_out_words(asked, ways_out(found)),
        "only_site": _only_site(found),
        **_place(asked, found),
        **_for_scripts(found),
    }


def is_before_all(found: Found) -> bool:
    """Whether somebody went back to where there is nothing any more."""
    return found.time_search.before is not None and not found.slots


def _place(asked: SearchQuery, found: Found) -> dict[str, Any]:
    return {
        "near": asked.near,
        "near_unknown": found.typed.unknown,
        "near_like": [(name, asked.with_(near=name)) for name in found.typed.like],
        "near_cities": sorted({each.site.city for each in found.offering.sites}),
    }


def _for_scripts(found: Found) -> dict[str, Any]:
    query = urlencode(for_the_api(found.time_search), doseq=True)
    return {
        "slots_api": f"{reverse('api:slots')}?{query}",
        "day_parts": DAY_PARTS,
        "of_a_time": " ".join(OF_A_TIME),
    }


def _day_words(day: DayOfTimes, found: Found) -> dict[str, Any]:
    sites = [_site_words(each, found) for each in day.sites]
    return {"first": day.first, "count": day.count, "sites": sites, "several": len(sites) > 1}


def _site_words(there: SiteTimes, found: Found) -> dict[str, Any]:
    return {
        "site": there.nearby.site,
        "count": len(there.slots),
        "with_whom": _with_whom(there.names),
        "reasons": reasons_words(there.reasons, found),
        "parts": [
            {"name": part["name"], "slots": _buttons(part["slots"])}
            for part in parts_of_day(there.slots)
        ],
    }


def _buttons(slots: list[Slot]) -> list[tuple[str, str, str]]:
    """What each button says: the instant, the day and the time. All are of one day."""
    day = date_format(slots[0].local, "l"), date_format(slots[0].local, "MONTH_DAY_FORMAT")
    form = get_format("TIME_FORMAT")
    return [
        (f"{slot.starts_at:%Y-%m-%dT%H:%M:%SZ}", ", ".join(day), time_format(slot.local, form))
        for slot in slots
    ]


def _with_whom(names: list[str]) -> str:
    if not names:
        return ""
    *some, last = names
    either = _("%(some)s or %(last)s") % {"some": ", ".join(some), "last": last}
    return _("With %(names)s") % {"names": either if some else last}


def reasons_words(reasons: list[Reason], found: Found) -> list[str]:
    place = found.typed.place.name if found.typed.place else ""
    return [reason_words(reason, place=place) for reason in reasons]


def _soonest(found: Found) -> dict[str, Any] | None:
    """The soonest time of all, where this page begins with it: most people want that one."""
    slot = found.soonest
    if slot is None:
        return None
    first, *others = reasons_words(list(found.reasons(slot)), found)
    site = found.offering.sites_by_id[slot.site_id].site
    return {"slot": slot, "site": site, "title": first, "reasons": others}


def _sites_that_fit(found: Found) -> list[Site]:
    """Where a time of this page or the next may be pressed."""
    sites = found.offering.sites_by_id
    return [
        sites[site_id].site for site_id in found.offering.site_ids(found.time_search.preferences)
    ]


def _only_site(found: Found) -> Site | None:
    """The site to wait at, when it is clear which: the one chosen, or the only one there is."""
    ids = found.time_search.preferences.site_ids or found.offering.sites_by_id.keys()
    (only, *others) = [found.offering.sites_by_id.get(site_id) for site_id in ids] or [None]
    return only.site if only is not None and not others else None
