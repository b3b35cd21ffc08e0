"""A visitor with a browser of their own, who books as people do: page by page."""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.test import Client
from django.urls import reverse

from messaging.models import Message
from scheduling.models import Site, VisitType

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

DETAILS = {
    "given_name": "Rosa",
    "family_name": "Alvarez",
    "born_on_month": "3",
    "born_on_day": "28",
    "born_on_year": "1957",
    "phone": "212 555 0142",
    "email": "rosa@example.com",
    "language": "en",
    "preferred_channel": "sms",
}
PHONE = "+12125550142"


def newest_code() -> str:
    """The digits that were sent last, as the phone's owner will read them."""
    return str(Message.objects.filter(kind="one_time_code").latest("pk").facts["code"])


def wrong(digits: str) -> str:
    """Six other digits."""
    return f"{(int(digits) + 1) % 1_000_000:06d}"


class Visitor:
    """One browser. Each step follows the redirect that the page gives."""

    def __init__(self) -> None:
        self.browser = Client()
        self.hold = ""

    def presses_a_time(self, visit_type: VisitType, site: Site, starts_at: datetime) -> "Answer":
        """Post a time button; ``hold`` names what is held afterwards."""
        answer = self.browser.post(
            reverse("portal:hold", args=[visit_type.slug]),
            {"site": site.slug, "starts_at": f"{starts_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"},
        )
        held = re.match(r"/hold/([0-9a-f-]{36})/(?:review/)?$", answer.headers.get("Location", ""))
        self.hold = held[1] if held else ""
        return answer

    def page(self, step: str) -> str:
        """The address of one of the booking's pages: details, code, review, extend, release."""
        return reverse(f"portal:{step}", args=[self.hold])

    def gives_details(self, **changed: str) -> "Answer":
        return self.browser.post(self.page("details"), DETAILS | changed)

    def types_code(self, digits: str | None = None) -> "Answer":
        return self.browser.post(self.page("code"), {"code": digits or newest_code()})

    def presses_book(self) -> "Answer":
        return self.browser.post(self.page("review"))

    def reaches_review(
        self, visit_type: VisitType, site: Site, starts_at: datetime, **changed: str
    ) -> "Answer":
        """All screens but the last press."""
        self.presses_a_time(visit_type, site, starts_at)
        self.gives_details(**changed)
        self.types_code()
        return self.browser.get(self.page("review"))

    def books(
        self, visit_type: VisitType, site: Site, starts_at: datetime, **changed: Any
    ) -> "Answer":
        self.reaches_review(visit_type, site, starts_at, **changed)
        return self.presses_book()
