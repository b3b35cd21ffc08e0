"""Who comes, and the proof that their phone is theirs: what booking and newcomers share.

What is typed is kept in the browser under a ``key`` (see ``drafts``): the time that is held, or
that somebody is new.
"""

from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import activate
from django.utils.translation import gettext as _

import clock
from people.browsers import browser_secret
from people.exceptions import CodeRefused, TooManyCodes
from people.models import Person, User
from people.services import codes, records
from people.services.coverage import say_coverage
from portal.account.drafts import Key, draft_of, keep_draft, known_details
from portal.account.forms import CodeForm, DetailsForm
from portal.account.services import send_code
from portal.account.sessions import choose_language, sign_in_browser, signed_in
from portal.coverage.forms import paying_of
from scheduling.prices.selectors.prices import plans_taken


def details_form(request: HttpRequest, key: Key, *, zone: str) -> DetailsForm:
    """The form about who comes, with what was typed before or what we know."""
    today, plans = clock.now().astimezone(ZoneInfo(zone)).date(), plans_taken()
    known = known_details(request, key, plans, now=clock.now())
    return DetailsForm(request.POST or None, initial=known, today=today, plans=plans)


def keep_typed(request: HttpRequest, key: Key, form: DetailsForm) -> None:
    """Keep a valid form in the browser, as far as a session can."""
    typed = form.cleaned_data | {"born_on": form.cleaned_data["born_on"].isoformat()}
    keep_draft(request, key, details=typed)


def in_language_chosen(
    request: HttpRequest, form: DetailsForm, answer: Callable[[], HttpResponse]
) -> HttpResponse:
    """The answer in the language chosen on the form, which this browser keeps.

    What we filled in for a person we know is no choice against the one made in this browser.
    """
    chosen_here = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
    if chosen_here and "language" not in form.changed_data:
        return answer()
    language = form.cleaned_data["language"]
    activate(language)
    response = answer()
    choose_language(response, language)
    return response


def already_proven(request: HttpRequest, phone: str) -> bool:
    """Whether the account that is signed in has proven this phone."""
    user = request.user
    return isinstance(user, User) and not user.is_staff and str(user.phone or "") == phone


def sent_code(request: HttpRequest, form: DetailsForm) -> bool:
    """Send a code to the phone on the form, known or not; False with the reason on the form."""
    try:
        send_code(
            address=form.cleaned_data["phone"],
            browser=browser_secret(request),
            language=form.cleaned_data["language"],
            now=clock.now(),
        )
    except TooManyCodes:
        form.add_error("phone", _("We sent many codes already. Please wait an hour, or call us."))
        return False
    return True


def proven(request: HttpRequest, key: Key, form: CodeForm) -> bool:
    """Take the code for the phone that was typed and sign its account in; made when it is new.

    False with what to do on the form. The browser keeps what it has under ``key``.
    """
    draft, now = draft_of(request, key), clock.now()
    phone = draft["details"]["phone"]
    digits, browser = form.cleaned_data["code"], browser_secret(request)
    try:
        codes.prove_address(address=phone, digits=digits, browser=browser, now=now)
    except CodeRefused:
        form.add_error(
            "code", _("That code does not fit. Check the newest text, or ask for a new code.")
        )
        return False
    sign_in_browser(request, records.account_for_proven_phone(phone=phone), now=now)
    # Another account's session ends with its sign-in.
    keep_draft(request, key, **draft)
    return True


def person_typed(request: HttpRequest, key: Key, *, zone: str) -> Person:
    """The phone is proven: record who was typed, and how they pay."""
    typed, user, now = draft_of(request, key)["details"], signed_in(request), clock.now()
    person = records.record_person(
        user=user,
        given_name=typed["given_name"],
        family_name=typed["family_name"],
        born_on=date.fromisoformat(typed["born_on"]),
        phone=typed["phone"],
        email=typed["email"],
        language=typed["language"],
        time_zone=zone,
        preferred_channel=typed["preferred_channel"],
        now=now,
    )
    if pays := typed.get("pays"):
        say_coverage(person=person, paying=paying_of(pays), user=user, now=now)
    return person
