"""Whether a request really comes from the provider."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from twilio.request_validator import RequestValidator

View = Callable[..., HttpResponse]


def signed_by_provider(request: HttpRequest) -> bool:
    """Check Twilio's signature against the exact public URL it was given.

    https://www.twilio.com/docs/usage/security#validating-requests
    """
    public = urlsplit(settings.PUBLIC_URL)
    url = f"{public.scheme}://{public.netloc}{request.get_full_path()}"
    return bool(
        RequestValidator(settings.TWILIO_AUTH_TOKEN).validate(
            url, request.POST.dict(), request.headers.get("X-Twilio-Signature", "")
        )
    )


def provider_only(view: View) -> View:
    """Let nobody but the provider in. CSRF tokens are for browsers."""

    @csrf_exempt
    @require_POST
    @wraps(view)
    def checked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not signed_by_provider(request):
            return HttpResponseForbidden("not signed by the provider", content_type="text/plain")
        return view(request, *args, **kwargs)

    return checked
