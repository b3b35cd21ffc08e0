"""Booking at the desk, also where no time is free."""

import uuid
from dataclasses import replace
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from people.models import Person
from people.rules.names import parse_person_query
from people.selectors import people_like
from people.services import audit
from scheduling.appointments.selectors.patients import patients_of_staff
from scheduling.availability.selectors.alternatives import alternatives_to
from scheduling.booking.selectors.conflicts import conflicts_of
from scheduling.booking.selectors.proposals import Conflict, proposal_for
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.claims import InConflict
from scheduling.booking.services.holds import hold_slot, holder_of_staff, release_hold
from scheduling.booking.services.overrides import MayNotOverride, ReasonMissing
from scheduling.booking.services.staff_booking import book_for_patient
from scheduling.desk.forms.booking import BookForm
from scheduling.desk.forms.times import REASON_NEEDED
from scheduling.desk.requests import (
    Desk,
    conflict_lines,
    decision,
    desk_of,
    named,
    patient_of,
    visit_types_offered,
)
from scheduling.exceptions import KeyReused, SlotNotOffered, SlotTaken
from scheduling.models import Hold
from scheduling.triage.rules import Question, questions_of

MOST_FOUND = 10


@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest) -> HttpResponse:
    """First who, then the press that books; the time may come with the address.

    From the first press on the time is kept, where it is free, while the desk looks and asks.
    """
    desk = desk_of(request)
    if request.method != "POST":
        return _opened(request, desk)
    form = _form(desk, _asked(request.POST))
    if not form.is_valid():
        return _page(request, desk, form, status=422)
    wanted = _wanted_visit(form)
    hold = _keep(desk, wanted)
    if "release" in request.POST and hold is not None:
        release_hold(hold=hold, now=desk.now)
        return _page(request, desk, form)
    people = _found(desk, form)
    person = next((each for each in people if str(each.public_id) == _named(request)), None)
    if person is None or "instead" in request.POST or "more" in request.POST:
        return _page(request, desk, form, people=people, searched=True, hold=hold)
    return _booked(request, desk, form, replace(wanted, hold=hold), person)


def _opened(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The form, with the time and the person that the address names."""
    known = [patient_of(desk, request.GET["person"])] if "person" in request.GET else []
    form = _form(desk, initial=_initial(desk, request.GET, known))
    return _page(request, desk, form, people=known)


def _asked(posted: QueryDict) -> QueryDict:
    """What was typed, at the time and with the clinician of the button that was pressed."""
    when, _, who = posted.get("instead", "").partition(" ")
    if not who:
        return posted
    asked = posted.copy()
    asked["who"] = who
    asked["day"], _, asked["time"] = when.partition("T")
    return asked


def _keep(desk: Desk, wanted: WantedVisit) -> Hold | None:
    """Five minutes for this member of staff; None for what is not free to be kept."""
    try:
        return hold_slot(
            visit_type=wanted.visit_type,
            site=wanted.site,
            starts_at=wanted.starts_at,
            clinician_id=wanted.clinician_id,
            mode=wanted.mode,
            holder=holder_of_staff(desk.user),
            asked=True,  # by who speaks with them
            now=desk.now,
        )
    except (SlotTaken, SlotNotOffered):
        return None


def _named(request: HttpRequest) -> str:
    return request.POST.get("person", "")


def _initial(desk: Desk, asked: QueryDict, known: list[Person]) -> dict[str, object]:
    return {
        "wanted": " ".join(f"{each.legal_name} {each.born_on.isoformat()}" for each in known),
        "site": desk.site.slug,
        "who": asked.get("who", ""),
        "visit_type": next((each.slug for each, _ in visit_types_offered()), ""),
        "day": desk.day(asked.get("day", "")),
        "time": asked.get("time", ""),
        "key": uuid.uuid4().hex,
    }


def _form(
    desk: Desk, asked: QueryDict | None = None, initial: dict[str, object] | None = None
) -> BookForm:
    return BookForm(
        asked,
        initial=initial,
        sites=desk.sites,
        who=desk.clinicians(),
        visit_types=visit_types_offered(),
    )


def _found(desk: Desk, form: BookForm) -> list[Person]:
    """The patients of these sites whom what was typed fits; audited."""
    wanted = parse_person_query(form.cleaned_data["wanted"])
    people = list(patients_of_staff(people_like(wanted), desk.user)[:MOST_FOUND])
    audit.note(
        actor=desk.user,
        person_ids=[person.pk for person in people],
        action="patient.find",
        subject="",
        now=desk.now,
    )
    return people


def _wanted_visit(form: BookForm) -> WantedVisit:
    return WantedVisit(
        form.chosen_type,
        form.chosen_site,
        form.cleaned_data["starts_at"],
        form.chosen.clinician.pk,
        mode=form.chosen_mode,
    )


def _booked(
    request: HttpRequest, desk: Desk, form: BookForm, wanted: WantedVisit, person: Person
) -> HttpResponse:
    reason = form.cleaned_data["reason"].strip()
    try:
        booked = book_for_patient(
            wanted=wanted,
            person=person,
            user=desk.user,
            idempotency_key=form.cleaned_data["key"],
            now=desk.now,
            override=decision(request, wanted, reason),
        )
    except InConflict as fact:
        return _page(
            request,
            desk,
            form,
            people=[person],
            wanted=wanted,
            conflicts=fact.conflicts,
            status=409,
        )
    except ReasonMissing:
        form.add_error("reason", REASON_NEEDED)
        found = conflicts_of(proposal_for(wanted, person=person, now=desk.now))
        return _page(
            request, desk, form, people=[person], wanted=wanted, conflicts=found, status=422
        )
    except MayNotOverride as fact:
        raise Http404 from fact
    except KeyReused:
        messages.warning(request, _("This form was sent before. Please look at the calendar."))
        return redirect("calendar:day")
    messages.success(
        request, _("%(name)s is booked, and will be told.") % {"name": person.full_name}
    )
    address = reverse("calendar:day")
    return redirect(f"{address}?site={wanted.site.slug}&day={booked.local_date.isoformat()}")


def _page(
    request: HttpRequest,
    desk: Desk,
    form: BookForm,
    *,
    people: list[Person] | None = None,
    searched: bool = False,
    wanted: WantedVisit | None = None,
    conflicts: list[Conflict] | None = None,
    hold: Hold | None = None,
    status: int = 200,
) -> HttpResponse:
    hold = hold or (wanted.hold if wanted else None)
    lines = conflict_lines(desk, conflicts or [], wanted.site) if wanted else []
    form.fields["reason"].required = bool(lines)
    context = {
        "form": form,
        "people": people or [],
        "nobody": searched and not people,
        "wanted": wanted,
        "accepted_for": named(wanted) if wanted else "",
        "conflicts": lines,
        "is_final": any(line["final"] for line in lines),
        "instead": _instead(desk, wanted) if wanted and lines else [],
        "hold": hold,
        "asks": _asks(),
        "new_patient_url": _new_patient(form),
        "seconds_left": int((hold.expires_at - desk.now).total_seconds()) if hold else 0,
    }
    return render(request, "scheduling/book.html", context, status=status)


def _new_patient(form: BookForm) -> str:
    """Where somebody is written down who is not found, with the time that was chosen."""
    chosen = {name: form[name].value() or "" for name in ("site", "who", "day", "time")}
    return f"{reverse('calendar:new_patient')}?{urlencode(chosen)}"


def _asks() -> list[tuple[str, str, tuple[Question, ...]]]:
    """What to ask before a kind of visit: its short name, its name and its questions."""
    return [
        (each.slug, name, questions_of(each.questions))
        for each, name in visit_types_offered()
        if each.questions
    ]


def _instead(desk: Desk, wanted: WantedVisit) -> list[dict[str, object]]:
    """The nearest free times with anybody whom the form can name."""
    slugs = {each.clinician.pk: each.slug for each in desk.clinicians()}
    names = {each.clinician.pk: each.clinician.name for each in desk.clinicians()}
    near = alternatives_to(wanted.search(standing="", now=desk.now), starts_at=wanted.starts_at)
    return [
        {
            "slot": slot,
            "name": names[slot.clinician_id],
            "value": f"{slot.local:%Y-%m-%dT%H:%M} {slugs[slot.clinician_id]}",
        }
        for slot in near
        if slot.clinician_id in slugs
    ]
