"""Whether a request really comes from the provider."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from twilio.request_validator import RequestValidator


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
