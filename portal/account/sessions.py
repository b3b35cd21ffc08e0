"""What a patient's browser is told when someone signs in or chooses a language."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse

from people.browsers import SESSION_KEY, browser_secret
from people.models import User
from people.selectors import people_acted_for
from people.services.external_patients import claim_records


def signed_in(request: HttpRequest) -> User:
    """The account; the access table has let nobody else through."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


BACKEND = "people.backends.OneTimeCodeBackend"
LANGUAGE_KEY = "language"


def sign_in_browser(request: HttpRequest, user: User, *, now: datetime) -> None:
    """Log the account in. The browser keeps its secret, and with it the times it holds.

    Whom a clinic that moved in has brought becomes theirs (``claim_records``). Pages speak the
    person's language from then on, unless another was chosen in this browser.
    """
    claim_records(user=user, now=now)
    secret = browser_secret(request)
    login(request, user, backend=BACKEND)
    request.session[SESSION_KEY] = secret
    person = people_acted_for(user, now=now).order_by("pk").first()
    if person is not None:
        request.session[LANGUAGE_KEY] = person.language


def choose_language(response: HttpResponse, language: str) -> None:
    """Remember in the browser which language was chosen there, as ``set_language`` does."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
