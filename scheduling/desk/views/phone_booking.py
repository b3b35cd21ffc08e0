"""Booking for somebody on the phone: find a time, keep it while you talk, book it or give it back.

By the patients' own rules. What stands against them the desk decides (``desk.views.booking``).
"""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from phonenumber_field.phonenumber import to_python

from people.models import Person
from people.selectors import contact_points_of
from scheduling.appointments.selectors.appointments import standing_of
from scheduling.availability.selectors.search import Search, Slot
from scheduling.availability.selectors.slots import free_slots
from scheduling.booking.selectors.holds import hold_of_browser, visit_of_hold
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services import holds
from scheduling.booking.services.booking import book_appointment
from scheduling.booking.services.holds import holder_of_staff
from scheduling.calendar.selectors.day_calendar import nearest_day
from scheduling.desk.forms.booking import FindTimeForm
from scheduling.desk.requests import Desk, desk_of, patient_of, visit_types_offered
from scheduling.exceptions import HoldExpired, KeyReused, SlotNotOffered, SlotTaken
from scheduling.models import Hold
from scheduling.triage.rules import questions_of

DAYS_SHOWN = 7


@require_http_methods(["GET", "HEAD", "POST"])
def find_time(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """The free times of a week. The one that is pressed is kept for five minutes."""
    desk = desk_of(request)
    person = patient_of(desk, person_id)
    asked = request.POST if request.method == "POST" else request.GET
    form = FindTimeForm(
        asked if "visit_type" in asked else None,
        initial={"site": desk.site.slug, "day": desk.today},
        sites=desk.sites,
        who=desk.clinicians(),
        visit_types=visit_types_offered(),
    )
    if not form.is_bound or not form.is_valid():
        status = 422 if form.is_bound else 200
        return _page(request, person, form, status=status)
    if request.method != "POST":
        return _page(request, person, form, slots=_times(desk, person, form))
    return _keep(request, desk, person, form)


def _times(desk: Desk, person: Person, form: FindTimeForm) -> list[Slot]:
    """A week from the day asked for, each instant once where anybody will do."""
    first: date = form.cleaned_data["day"]
    search = Search(
        form.chosen_type,
        [form.chosen_site.pk],
        first,
        first + timedelta(days=DAYS_SHOWN - 1),
        desk.now,
        clinician_ids=None if form.clinician_id is None else [form.clinician_id],
        mode=form.chosen_mode,
        standing=standing_of(person, now=desk.now),
    )
    return list({slot.start: slot for slot in reversed(free_slots(search))}.values())[::-1]


def _keep(request: HttpRequest, desk: Desk, person: Person, form: FindTimeForm) -> HttpResponse:
    try:
        held = holds.hold_slot(
            visit_type=form.chosen_type,
            site=form.chosen_site,
            starts_at=_pressed(request.POST),
            holder=holder_of_staff(desk.user),
            clinician_id=form.clinician_id,
            mode=form.chosen_mode,
            standing=standing_of(person, now=desk.now),
            asked=True,  # by who speaks with them
            now=desk.now,
        )
    except (SlotTaken, SlotNotOffered) as fact:
        return _page(request, person, form, slots=fact.alternatives, gone=True, status=409)
    return redirect("calendar:held", person_id=person.public_id, kept_id=held.public_id)


def _pressed(posted: QueryDict) -> datetime:
    """The instant of the button. Raises Http404 for a forged one."""
    try:
        starts_at = parse_datetime(posted.get("starts_at", ""))
    except ValueError:
        starts_at = None
    if starts_at is None or starts_at.tzinfo is None:
        raise Http404
    if starts_at.date() != nearest_day(starts_at.date()):
        raise Http404
    return starts_at


def _page(
    request: HttpRequest,
    person: Person,
    form: FindTimeForm,
    *,
    slots: Sequence[Slot] | None = None,
    gone: bool = False,
    status: int = 200,
) -> HttpResponse:
    days = [list(group) for _, group in groupby(slots or [], key=lambda slot: slot.local.date())]
    context = {
        "person": person,
        "form": form,
        "days": days,
        "searched": slots is not None,
        "gone": gone,
        "next_days": _later(form) if slots is not None and not gone else "",
    }
    return render(request, "scheduling/find_time.html", context, status=status)


def _later(form: FindTimeForm) -> str:
    """The address of the week after."""
    day = form.cleaned_data["day"] + timedelta(days=DAYS_SHOWN)
    return "?" + urlencode({**form.asked(), "day": day.isoformat()})


@require_http_methods(["GET", "HEAD", "POST"])
def held(request: HttpRequest, person_id: uuid.UUID, kept_id: uuid.UUID) -> HttpResponse:
    """The time that is kept: book it, keep it longer, or give it back."""
    desk = desk_of(request)
    person = patient_of(desk, person_id)
    try:
        hold = hold_of_browser(kept_id, holder=holder_of_staff(desk.user))
    except HoldExpired as fact:
        raise Http404 from fact
    if request.method != "POST":
        return _held_page(request, desk, person, hold)
    if "release" in request.POST:
        holds.release_hold(hold=hold, now=desk.now)
        return redirect(_search_again(person, hold))
    act = _more if "more" in request.POST else _book
    try:
        return act(request, desk, person, hold)
    except (SlotTaken, SlotNotOffered) as fact:
        return _held_page(request, desk, person, hold, instead=fact.alternatives, status=409)


def _search_again(person: Person, hold: Hold) -> str:
    asked = {"visit_type": hold.visit_type.slug, "site": hold.site.slug, "mode": hold.mode}
    asked["day"] = hold.starts_at.astimezone(ZoneInfo(hold.site.time_zone)).date().isoformat()
    return f"{reverse('calendar:find_time', args=[person.public_id])}?{urlencode(asked)}"


def _more(request: HttpRequest, desk: Desk, person: Person, hold: Hold) -> HttpResponse:
    """Five more minutes, or the same time anew when nobody else has it."""
    kept = holds.keep_hold(hold=hold, now=desk.now)
    return redirect("calendar:held", person_id=person.public_id, kept_id=kept.public_id)


def _book(request: HttpRequest, desk: Desk, person: Person, hold: Hold) -> HttpResponse:
    try:
        booked = book_appointment(
            wanted=WantedVisit.from_hold(hold),
            person=person,
            user=desk.user,
            idempotency_key=f"hold-{hold.public_id}",
            holder=hold.holder,
            now=desk.now,
        )
    except KeyReused:
        messages.warning(request, _("This time was booked for somebody else. Choose another."))
        return redirect(_search_again(person, hold))
    messages.success(
        request, _("%(name)s is booked, and will be told.") % {"name": booked.person.full_name}
    )
    return redirect(settings.PAGES["patient"], person_id=person.public_id)


def _held_page(
    request: HttpRequest,
    desk: Desk,
    person: Person,
    hold: Hold,
    *,
    instead: Sequence[Slot] | None = None,
    status: int = 200,
) -> HttpResponse:
    if visit_of_hold(hold) is not None and request.method != "POST":
        return redirect(settings.PAGES["patient"], person_id=person.public_id)
    context: dict[str, Any] = {
        "person": person,
        "hold": hold,
        "contact_points": [
            (point, to_python(point.value) if point.kind == "phone" else None)
            for point in contact_points_of(person)
        ],
        "seconds_left": max(0, int((hold.expires_at - desk.now).total_seconds())),
        "is_kept": hold.released_at is None and hold.expires_at > desk.now,
        "again_url": _search_again(person, hold),
        "questions": questions_of(hold.visit_type.questions),
        "gone": instead is not None,
        "days": [
            list(group) for _, group in groupby(instead or [], key=lambda slot: slot.local.date())
        ],
    }
    return render(request, "scheduling/held.html", context, status=status)
