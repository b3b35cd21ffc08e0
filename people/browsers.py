"""The secret that tells one browser from another, kept in its session."""

import secrets

from django.http import HttpRequest

SESSION_KEY = "browser"


def browser_secret(request: HttpRequest) -> str:
    """This browser's secret, made when it has none yet."""
    secret = request.session.get(SESSION_KEY)
    if not isinstance(secret, str):
        secret = secrets.token_urlsafe(24)
        request.session[SESSION_KEY] = secret
    return secret
