"""Pages are compressed, unless another site sent for them.

A compressed answer that holds a secret, and words that a stranger chose, tells by its length how
far the two agree (BREACH, https://breachattack.com). Our pages do repeat their address, query
included, in the language switch. What stands against it:

- The attack makes the victim's browser ask thousands of times, from the stranger's own site.
  Browsers say so (``Sec-Fetch-Site``), and whoever has a session is then answered uncompressed;
  so is a browser that is too old to say. Without a session a page holds no secret but the form's
  token, which Django masks anew in every answer.
- Our cookies are ``SameSite=Lax``: another site's images, frames and scripts bring no session.
- Django adds random bytes to each compressed answer ("Heal the Breach").

Static files are compressed once, when they are collected, and never pass here.
"""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

# A press on a page of ours; an address that was typed, or opened from a text or a letter.
OWN_REQUESTS = frozenset({"same-origin", "none"})


class CompressionMiddleware(GZipMiddleware):
    """Compress what nobody can learn from by asking often."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if _may_be_probed(request):
            return response
        return super().process_response(request, response)


def _may_be_probed(request: HttpRequest) -> bool:
    has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    return has_session and request.headers.get("Sec-Fetch-Site") not in OWN_REQUESTS
