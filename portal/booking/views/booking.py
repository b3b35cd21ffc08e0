"""Booking in four screens: a time (``portal.availability``), details, a code, a last look."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

import clock
from people.models import Person, User
from people.selectors import people_acted_for
from portal.account.drafts import draft_of, keep_draft
from portal.account.forms import CodeForm, DetailsForm
from portal.account.sessions import signed_in
from portal.account.verification import (
    already_proven,
    details_form,
    in_language_chosen,
    keep_typed,
    person_typed,
    proven,
    sent_code,
)
from portal.appointments.views.visits import visit_then
from portal.availability.views import choices_before, gone_context, holder_of, times_again
from portal.booking.views.by_phone import by_phone
from portal.prices.context import price_before_booking
from portal.words import BOOKING_STEPS, phone_words, visit_type_words
from scheduling.appointments.selectors.appointments import must_book_by_phone
from scheduling.booking.selectors.holds import hold_of_browser, visit_of_hold
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services import holds
from scheduling.booking.services.booking import book_appointment
from scheduling.exceptions import (
    BookByPhone,
    HasVisitThen,
    HoldExpired,
    KeyReused,
    SlotNotOffered,
    SlotTaken,
)
from scheduling.models import Hold, Mode

STEPS = {"details": "portal:details", "code": "portal:code", "review": "portal:review"}


def _own_hold(request: HttpRequest, hold_id: uuid.UUID) -> Hold:
    """This browser's hold; raises HoldExpired when it is another's."""
    return hold_of_browser(hold_id, holder=holder_of(request))


def _hold_context(held: Hold) -> dict[str, Any]:
    return {
        "steps": BOOKING_STEPS,
        "hold": held,
        "seconds_left": max(0, int((held.expires_at - clock.now()).total_seconds())),
        "site": held.site,
        "site_phone": phone_words(held.site.phone),
        "clinician": held.clinician,
        "by_video": held.mode == Mode.VIDEO,
        "visit_type": visit_type_words(held.visit_type),
    }


def _hold_over(request: HttpRequest, held: Hold | None = None) -> HttpResponse:
    messages.warning(
        request, _("We could not keep that time any longer. Please choose a time again.")
    )
    if held is None:
        return redirect("home")
    return times_again(request, held)


def _elsewhere(request: HttpRequest, held: Hold) -> HttpResponse | None:
    """Where somebody belongs who comes back to a hold that was booked or given back."""
    booked = visit_of_hold(held)
    if booked is not None:
        return redirect("portal:booked", appointment_id=booked.public_id)
    if held.released_at is not None and request.method != "POST":
        return times_again(request, held)
    return None


def details(request: HttpRequest, hold_id: uuid.UUID) -> HttpResponse:
    """Who is coming, and how to reach them."""
    try:
        held = _own_hold(request, hold_id)
    except HoldExpired:
        return _hold_over(request)
    if (elsewhere := _elsewhere(request, held)) is not None:
        return elsewhere
    form = details_form(request, held.public_id, zone=held.site.time_zone)
    if request.method == "POST" and form.is_valid():
        keep_typed(request, held.public_id, form)
        return in_language_chosen(request, form, lambda: _details_given(request, held, form))
    return render(request, "portal/booking/details.html", {"form": form, **_hold_context(held)})


def _details_given(request: HttpRequest, held: Hold, form: DetailsForm) -> HttpResponse:
    try:
        held = _kept(request, held)
    except (SlotTaken, SlotNotOffered) as fact:
        return _gone(request, held, fact)
    if already_proven(request, form.cleaned_data["phone"]):
        return _to_review(request, held)
    if not sent_code(request, form):
        context = {"form": form, **_hold_context(held)}
        return render(request, "portal/booking/details.html", context, status=429)
    return redirect("portal:code", hold_id=held.public_id)


def _kept(request: HttpRequest, held: Hold) -> Hold:
    """Five more minutes, or the same time anew when nobody else has it: typing takes a while.

    Raises SlotTaken or SlotNotOffered.
    """
    kept = holds.keep_hold(hold=held, now=clock.now())
    if kept != held:
        keep_draft(request, kept.public_id, **draft_of(request, held.public_id))
    return kept


def _gone(request: HttpRequest, held: Hold, fact: SlotTaken | SlotNotOffered) -> HttpResponse:
    context = gone_context(held.visit_type, held.site, fact, choices_before(request, held))
    return render(request, "portal/availability/time_gone.html", context, status=409)


def code(request: HttpRequest, hold_id: uuid.UUID) -> HttpResponse:
    """The code that proves the phone."""
    typed = draft_of(request, hold_id).get("details")
    try:
        held = _own_hold(request, hold_id)
    except HoldExpired:
        return _hold_over(request)
    if not typed:
        return redirect("portal:details", hold_id=hold_id)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and proven(request, hold_id, form):
        return _to_review(request, held)
    return render(
        request,
        "portal/booking/code.html",
        {"form": form, "phone_ending": typed["phone"][-4:], **_hold_context(held)},
    )


def _to_review(request: HttpRequest, held: Hold) -> HttpResponse:
    """The phone is proven: record who is coming, and go on to the last look."""
    person = person_typed(request, held.public_id, zone=held.site.time_zone)
    keep_draft(request, held.public_id, person=str(person.public_id))
    return redirect("portal:review", hold_id=held.public_id)


def review(request: HttpRequest, hold_id: uuid.UUID) -> HttpResponse:
    """What it costs and how to prepare; one press books."""
    user = signed_in(request)
    try:
        held = _own_hold(request, hold_id)
    except HoldExpired:
        return _hold_over(request)
    person = (
        people_acted_for(user, now=clock.now())
        .filter(public_id=draft_of(request, hold_id).get("person", uuid.UUID(int=0)))
        .first()
    )
    if person is None:
        return redirect("portal:details", hold_id=hold_id)
    if request.method == "POST":
        return _book(request, held, person, user)
    if must_book_by_phone(person, held.visit_type, now=clock.now()):
        return by_phone(request, held.visit_type, person, held.site)
    context = {"person": person, "idempotency_key": _key(held), **_hold_context(held)}
    context |= price_before_booking(held.visit_type, person)
    return render(request, "portal/booking/review.html", context)


def _key(held: Hold) -> str:
    """One hold becomes one visit, whichever door is used and however often it is pressed."""
    return f"hold-{held.public_id}"


def _book(request: HttpRequest, held: Hold, person: Person, user: User) -> HttpResponse:
    try:
        appointment = book_appointment(
            wanted=WantedVisit.from_hold(held),
            person=person,
            user=user,
            idempotency_key=_key(held),
            holder=holder_of(request),
            now=clock.now(),
        )
    except (SlotTaken, SlotNotOffered) as fact:
        return _gone(request, held, fact)
    except BookByPhone:
        return by_phone(request, held.visit_type, person, held.site)
    except HasVisitThen as fact:
        return visit_then(request, fact, again=reverse("portal:times", args=[held.visit_type.slug]))
    except KeyReused:
        # This hold became another person's visit: a second one needs a time of its own.
        return _hold_over(request, held)
    return redirect("portal:booked", appointment_id=appointment.public_id)


@require_POST
def extend(request: HttpRequest, hold_id: uuid.UUID) -> HttpResponse:
    """More time to decide, on the step where it was asked for."""
    step = request.POST.get("step", "")
    try:
        held = _own_hold(request, hold_id)
        kept = _kept(request, held)
    except HoldExpired:
        return _hold_over(request)
    except (SlotTaken, SlotNotOffered) as fact:
        return _gone(request, held, fact)
    return redirect(STEPS.get(step, "portal:details"), hold_id=kept.public_id)


@require_POST
def release(request: HttpRequest, hold_id: uuid.UUID) -> HttpResponse:
    """Give the time back and choose another."""
    try:
        held = _own_hold(request, hold_id)
    except HoldExpired:
        return _hold_over(request)
    holds.release_hold(hold=held, now=clock.now())
    return times_again(request, held)
