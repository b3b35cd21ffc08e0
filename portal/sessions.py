"""Signing a patient's browser in without losing what it was doing."""

from django.contrib.auth import login
from django.http import HttpRequest

from people.browsers import SESSION_KEY, secret_of
from people.models import User

BACKEND = "people.backends.OneTimeCodeBackend"


def sign_in_browser(request: HttpRequest, user: User) -> None:
    """Log the account in. The browser keeps its secret, and with it the times it holds."""
    secret = secret_of(request)
    login(request, user, backend=BACKEND)
    request.session[SESSION_KEY] = secret
