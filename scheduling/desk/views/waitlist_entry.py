"""Staff put a caller on the waitlist, and say how urgent it is that somebody who waits is seen."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from people.models import Person
from scheduling.appointments.selectors.patients import patients_of_staff
from scheduling.desk.forms.patients import StaffWaitForm, SuitableTimesForm, horizon
from scheduling.desk.requests import Desk, desk_of, patient_of, visit_types_offered
from scheduling.desk.views.rescheduling import own_visit
from scheduling.exceptions import BookByPhone
from scheduling.models import Appointment, VisitType, WaitlistEntry
from scheduling.transitions import UPCOMING
from scheduling.waitlist.forms import PriorityForm
from scheduling.waitlist.selectors.entries import people_waiting
from scheduling.waitlist.services.waitlist import SuitableTimes, join_waitlist, set_priority


@require_POST
def priority(request: HttpRequest, entry_id: uuid.UUID) -> HttpResponse:
    """One of the people of these sites, and how urgent. Doing it twice is success."""
    desk = desk_of(request)
    entry = WaitlistEntry.objects.filter(public_id=entry_id, until=None).first()
    form = PriorityForm(request.POST)
    people = patients_of_staff(people_waiting(entry), desk.user)
    if entry is None or not people.exists() or not form.is_valid():
        raise Http404
    set_priority(entry=entry, priority=form.cleaned_data["priority"], actor=desk.user, now=desk.now)
    messages.success(request, _("Noted. Thank you."))
    return redirect(settings.PAGES["patient"], person_id=people[0].public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def wait(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """Somebody waits for a kind of visit, since no time suits them."""
    desk = desk_of(request)
    person = patient_of(desk, person_id)
    posted = request.POST if request.method == "POST" else None
    initial = _initial(desk) | {"visit_type": request.GET.get("visit_type", "")}
    form = StaffWaitForm(
        posted, initial=initial, visit_types=visit_types_offered(), **_offered(desk)
    )
    if not form.is_valid():
        return _page(request, person, form)
    modes = [form.cleaned_data["mode"]] if form.cleaned_data["mode"] else form.chosen_type.modes
    try:
        _join(desk, person, form.chosen_type, _suits(form, modes))
    except BookByPhone:
        form.add_error(None, _("They missed too many visits to be sent an offer. Find a time now."))
        return _page(request, person, form)
    return _on_the_list(request, person)


@require_http_methods(["GET", "HEAD", "POST"])
def sooner(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Somebody waits for something sooner than the visit they have, and keeps it until then."""
    desk = desk_of(request)
    visit = own_visit(desk, appointment_id)
    if visit.status not in UPCOMING:
        return redirect("calendar:move", appointment_id=visit.public_id)
    posted = request.POST if request.method == "POST" else None
    initial = _initial(desk) | {"sites": [visit.site.slug], "latest": visit.local_date}
    form = SuitableTimesForm(posted, initial=initial, **_offered(desk))
    if not form.is_valid():
        return _page(request, visit.person, form, visit=visit)
    _join(desk, visit.person, visit.visit_type, _suits(form, [visit.mode]), replaces=visit)
    return _on_the_list(request, visit.person)


def _offered(desk: Desk) -> dict[str, Any]:
    return {"sites": desk.sites, "who": desk.clinicians(), "today": desk.today}


def _initial(desk: Desk) -> dict[str, object]:
    return {
        "sites": [desk.site.slug],
        "earliest": desk.today,
        "latest": horizon(desk.today),
        "notice_hours": 24,
    }


def _suits(form: SuitableTimesForm, modes: list[str]) -> SuitableTimes:
    said = form.cleaned_data
    who = form.resources.get(said["who"])
    return SuitableTimes(
        sites=[form.offered[slug] for slug in said["sites"]],
        earliest=said["earliest"],
        latest=said["latest"],
        clinician=who.clinician if who else None,
        modes=modes,
        weekdays=said["weekdays"],
        parts=said["parts"],
        notice_hours=said["notice_hours"],
    )


def _join(
    desk: Desk,
    person: Person,
    visit_type: VisitType,
    suits: SuitableTimes,
    *,
    replaces: Appointment | None = None,
) -> None:
    join_waitlist(
        person=person,
        user=desk.user,
        visit_type=visit_type,
        suits=suits,
        replaces=replaces,
        asked=True,  # by who speaks with them
        now=desk.now,
    )


def _on_the_list(request: HttpRequest, person: Person) -> HttpResponse:
    words = _("%(name)s is on the list, and is told when a time opens.")
    messages.success(request, words % {"name": person.full_name})
    return redirect(settings.PAGES["patient"], person_id=person.public_id)


def _page(
    request: HttpRequest,
    person: Person,
    form: SuitableTimesForm,
    *,
    visit: Appointment | None = None,
) -> HttpResponse:
    context = {"person": person, "form": form, "visit": visit}
    status = 422 if form.is_bound else 200
    return render(request, "scheduling/wait.html", context, status=status)
