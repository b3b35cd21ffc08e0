"""The door through which patients' texts come in."""

from django.http import HttpRequest, HttpResponse

import clock
from contactcenter.services.inbound import receive_text
from messaging.signatures import provider_only

NO_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


@provider_only
def inbound_sms(request: HttpRequest) -> HttpResponse:
    """Keep the text and act on it. The answer goes out through the outbox, not in this reply."""
    receive_text(
        provider_sid=request.POST["MessageSid"],
        from_number=request.POST["From"],
        to_number=request.POST.get("To", ""),
        body=request.POST.get("Body", ""),
        now=clock.now(),
    )
    return HttpResponse(NO_ANSWER, content_type="text/xml")
