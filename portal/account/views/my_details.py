"""A patient's own details, and proving an e-mail so that one can sign in with it."""

import uuid
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

import clock
from people.browsers import browser_secret
from people.exceptions import AddressTaken, CodeRefused, TooManyCodes
from people.models import Person, User
from people.selectors import current_coverages, is_own_record, people_acted_for
from people.services import audit, codes, records
from portal.account.forms import AddPersonForm, ChosenNameForm, CodeForm, EmailForm
from portal.account.services import send_code
from portal.account.sessions import signed_in
from portal.account.views.sign_in import safe_next
from portal.prices.words import pays_words
from portal.words import phone_words
from scheduling.prices.selectors.prices import plans_taken

EMAIL = "email_to_prove"


@require_safe
def details(request: HttpRequest) -> HttpResponse:
    """What we know of the people this account acts for."""
    user, now = signed_in(request), clock.now()
    people = list(people_acted_for(user, now=now).prefetch_related("contact_points").order_by("pk"))
    _note_read(user, people, now)
    known, plans = current_coverages(people), plans_taken()
    paid = [(person, pays_words(known.get(person.pk), plans)) for person in people]
    context = {"people": paid, "phone": phone_words(str(user.phone or "")), "email": user.email}
    return render(request, "portal/account/you.html", context)


def name(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """What to call somebody this account acts for."""
    user, now = signed_in(request), clock.now()
    person = get_object_or_404(people_acted_for(user, now=now), public_id=person_id)
    form = ChosenNameForm(request.POST or None, initial={"chosen_name": person.chosen_name})
    if request.method == "POST" and form.is_valid():
        records.choose_name(
            person=person, name=form.cleaned_data["chosen_name"], user=user, now=now
        )
        messages.success(request, _("Done. From now on we say %(name)s.") % {"name": person.called})
        return redirect("portal:you")
    _note_read(user, [person], now)
    context = {"form": form, "person": person, "is_own": is_own_record(person, user=user)}
    return render(request, "portal/account/name.html", context)


def add_person(request: HttpRequest) -> HttpResponse:
    """Somebody new whom this account acts for, such as a child."""
    user, now = signed_in(request), clock.now()
    form = AddPersonForm(request.POST or None, today=now.date())
    if request.method == "POST" and form.is_valid():
        person = records.add_person(user=user, now=now, **form.cleaned_data)
        messages.success(
            request, _("Done. You can now book for %(name)s.") % {"name": person.called}
        )
        return redirect(safe_next(request, request.GET.get("next", ""), "portal:you"))
    return render(request, "portal/account/add_person.html", {"form": form})


def _note_read(user: User, people: list[Person], now: datetime) -> None:
    audit.note(
        actor=user,
        person_ids=[person.pk for person in people],
        action="person.read",
        subject="",
        now=now,
    )


def email(request: HttpRequest) -> HttpResponse:
    """Ask for an e-mail and send a code there."""
    user, now = signed_in(request), clock.now()
    form = EmailForm(request.POST or None, initial={"email": user.email or _known_email(request)})
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["email"]
        try:
            send_code(
                address=address,
                browser=browser_secret(request),
                language=get_language() or "en",
                now=now,
            )
        except TooManyCodes:
            form.add_error("email", _("We sent many codes already. Please wait an hour."))
        else:
            request.session[EMAIL] = address
            return redirect("portal:email_code")
    return render(request, "portal/account/email.html", {"form": form})


def _known_email(request: HttpRequest) -> str:
    """The e-mail given when booking, if there was one."""
    person = (
        people_acted_for(signed_in(request), now=clock.now())
        .filter(contact_points__kind="email")
        .order_by("pk")
        .first()
    )
    return person.contact_points.filter(kind="email").latest("pk").value if person else ""


def email_code(request: HttpRequest) -> HttpResponse:
    """Take the code that went to the e-mail."""
    user, now = signed_in(request), clock.now()
    address = request.session.get(EMAIL)
    if not address:
        return redirect("portal:email")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes.prove_address(
                address=address,
                digits=form.cleaned_data["code"],
                browser=browser_secret(request),
                now=now,
            )
            records.record_proven_email(user=user, email=address, now=now)
        except CodeRefused:
            form.add_error("code", _("That code does not fit. Check the newest e-mail."))
        except AddressTaken:
            form.add_error("code", _("Somebody else signs in with this e-mail. Please call us."))
        else:
            del request.session[EMAIL]
            messages.success(request, _("Done. You can sign in with your e-mail from now on."))
            return redirect("portal:you")
    return render(request, "portal/account/email_code.html", {"form": form, "address": address})
