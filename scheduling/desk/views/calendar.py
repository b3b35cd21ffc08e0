"""The calendar: a site's day, its week, and the week of one clinician or room."""

from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from scheduling.appointments.selectors.called_off import with_called_off
from scheduling.calendar.selectors.columns import DayCalendar
from scheduling.calendar.selectors.day_calendar import (
    CLINICIANS,
    ROOMS,
    WEEK,
    day_of_site,
    week_of_resource,
    week_of_site,
)
from scheduling.desk.forms.times import name_of
from scheduling.desk.grid import grid_of
from scheduling.desk.requests import Desk, desk_of
from scheduling.desk.week_overview import overview_of


@require_safe
def day(request: HttpRequest) -> HttpResponse:
    """A site's day, by clinicians or by rooms; ``only`` leaves one of them."""
    desk = desk_of(request)
    by = _by(request)
    chosen = desk.day(request.GET.get("day", ""))
    calendar = day_of_site(desk.site, day=chosen, by=by, now=desk.now)
    if only := request.GET.get("only"):
        columns = [each for each in calendar.columns if each.resource.slug == only]
        calendar = DayCalendar(calendar.site, columns)
    desk.note(calendar.visits, "calendar.read")
    context = _context(desk, calendar) | {
        "day": chosen,
        "by": by,
        "only": only or "",
        "is_today": chosen == desk.today,
        "before": chosen - timedelta(days=1),
        "after": chosen + timedelta(days=1),
    }
    return render(request, "scheduling/day.html", context)


@require_safe
def week(request: HttpRequest) -> HttpResponse:
    """Monday to Sunday of one clinician or room at a site."""
    desk = desk_of(request)
    choices = [*desk.clinicians(), *desk.rooms()]
    if not choices:
        raise Http404
    slug = request.GET.get("of") or choices[0].slug
    resource = next((each for each in choices if each.slug == slug), None)
    if resource is None:
        raise Http404
    chosen = desk.day(request.GET.get("day", ""))
    monday = chosen - timedelta(days=chosen.weekday())
    calendar = week_of_resource(resource, site=desk.site, first_day=monday, now=desk.now)
    desk.note(calendar.visits, "calendar.read")
    context = (
        _context(desk, calendar)
        | _days_of(desk, monday)
        | {
            "day": chosen,
            "resource": resource,
            "name": name_of(resource),
            "choices": [(each.slug, name_of(each)) for each in choices],
        }
    )
    return render(request, "scheduling/week.html", context)


@require_safe
def site_week(request: HttpRequest) -> HttpResponse:
    """Monday to Sunday of a whole site, by clinicians or by rooms. It names no patient."""
    desk, by = desk_of(request), _by(request)
    chosen = desk.day(request.GET.get("day", ""))
    monday = chosen - timedelta(days=chosen.weekday())
    calendar = week_of_site(desk.site, first_day=monday, by=by, now=desk.now)
    context = _days_of(desk, monday) | {
        "site": desk.site,
        "sites": desk.sites,
        "today": desk.today,
        "day": chosen,
        "by": by,
        "overview": overview_of(calendar),
    }
    return render(request, "scheduling/site_week.html", context)


def _by(request: HttpRequest) -> str:
    return ROOMS if request.GET.get("by") == ROOMS else CLINICIANS


def _days_of(desk: Desk, monday: date) -> dict[str, object]:
    return {
        "monday": monday,
        "sunday": monday + timedelta(days=WEEK - 1),
        "is_this_week": monday <= desk.today < monday + timedelta(days=WEEK),
        "before": monday - timedelta(days=WEEK),
        "after": monday + timedelta(days=WEEK),
    }


def _context(desk: Desk, calendar: DayCalendar) -> dict[str, object]:
    with_called_off(calendar.visits)
    return {
        "site": desk.site,
        "sites": desk.sites,
        "today": desk.today,
        "grid": grid_of(calendar),
        "number": len(calendar.visits),
    }
