"""What a browser may keep of the pages it was shown, and what those may use of the machine."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

NOTHING = "camera=(), microphone=(), geolocation=(), display-capture=()"
GetResponse = Callable[[HttpRequest], HttpResponse]


class NoStoreMiddleware:
    """A page for somebody in particular is kept nowhere: the next to press Back may be another.

    Somebody in particular is whoever has a session: signed in, or about to book.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.session.is_empty() and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        return response


class PermissionsMiddleware:
    """No page uses the camera, the microphone or the place, but one that says so itself."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", NOTHING)
        return response
