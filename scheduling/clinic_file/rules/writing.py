"""From a clinic group to the text of a clinic file. Pure: the other way round from ``parse``.

Public holidays are written as closures: which ones a site keeps is known, why is not.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from scheduling.clinic_file.rules.specs import (
    ClinicianSpec,
    ClinicSpec,
    DayChangeSpec,
    HoursSpec,
    PlanSpec,
    QuestionSpec,
    SessionSpec,
    SiteSpec,
    VisitTypeSpec,
)
from scheduling.clinic_file.rules.working_hours import ALWAYS, WEEKDAYS

BARE = re.compile(r"[A-Za-z0-9_-]+")
Pairs = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Money:
    """An amount in hundredths."""

    hundredths: int


def write(clinic: ClinicSpec) -> str:
    """A file that ``parse`` reads as this clinic. What is as usual is left out."""
    group = {
        "name": clinic.group.name,
        "phone": clinic.group.phone,
        "currency": clinic.group.currency,
        "public_holidays": False,
    }
    parts = [_table("group", group)]
    parts += [part for site in clinic.sites for part in _site(site)]
    parts += [part for each in clinic.visit_types for part in _visit_type(each)]
    parts += [_table(f"plans.{each.slug}", _plan(each)) for each in clinic.plans]
    parts += [_table(f"clinicians.{each.slug}", _clinician(each)) for each in clinic.clinicians]
    parts += [
        _table(
            f"{each.kind}s.{each.slug}",
            {
                "site": each.site,
                "category": each.category,
                "capacity": each.capacity,
                "names": each.names,
            },
        )
        for each in clinic.rooms
    ]
    parts += [_table(f"sessions.{each.slug}", _session(each)) for each in clinic.sessions]
    parts += list(_closures((*clinic.closures, *clinic.holidays)))
    places = {place.name: [place.latitude, place.longitude] for place in clinic.places}
    if places:
        parts.append(_table("places", places))
    return "\n\n".join(parts) + "\n"


def _site(site: SiteSpec) -> Iterator[str]:
    yield _table(
        f"sites.{site.slug}",
        {
            "name": site.name,
            "street": site.street,
            "city": site.city,
            "region": site.region,
            "postcode": site.postcode,
            "phone": site.phone,
            "time_zone": site.time_zone,
            "location": [site.latitude, site.longitude],
            "step_free": None if site.step_free else False,
            "directions": site.directions,
        },
    )
    for own in site.departments:
        header = f"sites.{site.slug}.departments.{own.slug}"
        yield _table(header, {"names": own.names, "doors": own.doors})


def _visit_type(each: VisitTypeSpec) -> Iterator[str]:
    price = [_Money(each.price_low), _Money(each.price_high)]
    yield _table(
        f"visit_types.{each.slug}",
        {
            "names": each.names,
            "descriptions": each.descriptions,
            "preparations": each.preparations,
            "minutes": each.minutes,
            "buffer_before": each.buffer_before,
            "buffer_after": each.buffer_after,
            "slot_step": each.slot_step,
            "price": price[0] if each.price_low == each.price_high else price,
            "minimum_notice": each.minimum_notice,
            "horizon_days": each.horizon_days,
            "latest_change": each.latest_change,
            "group": each.group or None,
            "modes": list(each.modes),
            "needs": list(each.needs),
            "daily_cap": each.daily_cap,
            "series_most": each.series_most,
            "no_shows_allowed": each.no_shows_allowed,
        },
    )
    for question in each.questions:
        yield _table(f"visit_types.{each.slug}.questions.{question.name}", _question(question))


def _question(question: QuestionSpec) -> Pairs:
    return {
        "asks": question.asks,
        "answers": {
            answer.name: {
                "says": answer.says,
                "urgent": answer.urgent,
                "visit_type": answer.visit_type,
            }
            for answer in question.answers
        },
    }


def _plan(each: PlanSpec) -> Pairs:
    return {
        "name": each.name,
        "copay": None if each.copay is None else _Money(each.copay),
        "share": each.share,
        "in_full": list(each.in_full),
    }


def _clinician(each: ClinicianSpec) -> Pairs:
    off = [change for change in each.changes if change.effect == "closed"]
    extra = [change for change in each.changes if change.effect == "extra"]
    return {
        "name": each.name,
        "titles": each.titles,
        "languages": list(each.languages),
        "gender": each.gender,
        "sites": list(each.sites),
        "departments": list(each.departments),
        "visit_types": list(each.visit_types),
        "hours": _hours(hours for hours in each.hours if hours.works),
        "breaks": _hours(hours for hours in each.hours if not hours.works),
        "time_off": [_change(change) for change in off],
        "extra_hours": [_change(change) for change in extra],
    }


def _session(each: SessionSpec) -> Pairs:
    return {
        "leader": each.leader,
        "capacity": each.capacity,
        "names": each.names,
        "hours": _hours(each.hours),
    }


def _hours(entries: Iterable[HoursSpec]) -> list[Pairs]:
    """One entry for all the weekdays that are alike."""
    days: dict[tuple[tuple[str, Any], ...], list[int]] = {}
    for hours in entries:
        alike = {
            "site": hours.site,
            "from": hours.starts,
            "to": hours.ends,
            "valid_from": None if hours.valid_from == ALWAYS else hours.valid_from,
            "valid_until": hours.valid_until,
            "visit_types": hours.visit_types,
            "every_weeks": hours.every_weeks if hours.every_weeks > 1 else None,
            "mode": hours.mode,
            "kept_for": hours.kept_for,
            "release_days": hours.release_days,
            "release_at": hours.release_time,
        }
        days.setdefault(tuple(alike.items()), []).append(hours.weekday)
    return [
        {"days": [WEEKDAYS[number] for number in sorted(numbers)], **dict(alike)}
        for alike, numbers in days.items()
    ]


def _change(change: DayChangeSpec) -> Pairs:
    return {
        "on": change.on_date,
        "site": change.site,
        "from": change.starts,
        "to": change.ends,
        "reason": change.reason,
    }


def _closures(changes: Iterable[DayChangeSpec]) -> Iterator[str]:
    """One entry for all the sites that are closed alike."""
    sites: dict[tuple[Any, ...], list[str]] = {}
    for change in changes:
        key = (change.on_date, change.starts, change.ends, change.reason)
        sites.setdefault(key, []).append(change.site or "")
    for (on, starts, ends, reason), closed in sites.items():
        said = {"on": on, "from": starts, "to": ends, "reason": reason, "sites": closed}
        yield "\n".join(["[[closures]]", *_lines(said)])


def _table(header: str, pairs: Pairs) -> str:
    return "\n".join([f"[{header}]", *_lines(pairs)])


def _lines(pairs: Pairs) -> Iterator[str]:
    for name, value in _said(pairs):
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            yield f"{name} = ["
            yield from (f"    {_value(each)}," for each in value)
            yield "]"
        else:
            yield f"{name} = {_value(value)}"


def _said(pairs: Pairs) -> Iterator[tuple[str, Any]]:
    """Those that say something, under a key as TOML writes it."""
    for name, value in pairs.items():
        if value is not None and value not in ("", [], {}, ()):
            yield name if BARE.fullmatch(name) else _text(name), value


def _value(value: Any) -> str:
    if isinstance(value, _Money):
        return f"{value.hundredths // 100}.{value.hundredths % 100:02d}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_value(each)}" for name, each in _said(value)) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    return _text(value) if isinstance(value, str) else repr(value)


def _text(text: str) -> str:
    """A basic string (TOML 1.0): JSON's but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
