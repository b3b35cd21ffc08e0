"""How often somebody may ask the API."""

from typing import Any

from people.rates import Rate


class RequestRate(Rate):
    """More often who is signed in: others may share an address."""

    def scope_of(self, request: Any) -> str:
        return "user" if request.user and request.user.is_authenticated else "anon"
