"""What several journeys do: read what was texted, sign staff in, have visits today."""

import hashlib
import hmac
import re
import struct
import time
from base64 import b32decode

from playwright.sync_api import Page, expect

from tests.stack import Stack, eventually

# One visit for each name, from one o'clock, with a clinician who sees people at that time.
VISITS_TODAY = """
from zoneinfo import ZoneInfo
import clock
from scheduling.models import Clinician, Site, VisitType
from tests.builders import at, make_appointment, make_patient
now = clock.now()
site = Site.objects.get(slug="buffalo")
for hour, (name, phone) in enumerate({people!r}, start=13):
    given_name, family_name = name.split()
    make_appointment(
        now=now, starts_at=at(site, now.astimezone(ZoneInfo(site.time_zone)).date(), hour),
        site=site, visit_type=VisitType.objects.get(slug="follow-up"),
        clinician=Clinician.objects.get(resource__slug="amara-okafor"),
        patient=make_patient(phone=phone, given_name=given_name, family_name=family_name),
    )
"""
CLINICIAN_TODAY = "amara"
FRESH_SECONDS = 20  # a busy machine may take the other ten to type and send it

CHECKED_IN = """
import clock
from people.models import User
from scheduling.models import Appointment
from tests.builders import check_in
visit = Appointment.objects.get(person__given_name={given_name!r})
check_in(visit, by=User.objects.get(email__startswith="admin@"), now=clock.now())
"""


def have_visits_today(stack: Stack, people: dict[str, str]) -> None:
    """Book a visit in Buffalo for each name and its phone, one an hour, all with one clinician."""
    stack.manage("shell", "-c", VISITS_TODAY.format(people=list(people.items())))


def colleague_checks_in(stack: Stack, given_name: str) -> None:
    """Somebody else at the desk does, in a browser that nobody watches."""
    stack.manage("shell", "-c", CHECKED_IN.format(given_name=given_name))


def code_texted(stack: Stack, phone: str, *, number: int = 1) -> str:
    """The first code sent to a phone, or a later one."""

    def codes() -> str | None:
        found = [re.match(r"(\d{6}) is your", text["body"]) for text in stack.texts_to(phone)]
        codes = [each.group(1) for each in found if each]
        return codes[number - 1] if len(codes) >= number else None

    return eventually(codes, what=f"code {number} arrives")


def link_texted(stack: Stack, phone: str, about: str) -> str:
    """The address in the newest text with these words."""

    def link() -> str | None:
        said = [text["body"] for text in stack.texts_to(phone) if about in text["body"]]
        found = re.search(r"https?://\S+", said[-1]) if said else None
        return found.group() if found else None

    return eventually(link, what=f"a text about {about!r}")


def six_digits(secret: str) -> str:
    """What an authenticator app shows (RFC 6238), early enough in its half minute to type it."""
    eventually(lambda: time.time() % 30 < FRESH_SECONDS, what="the next code")
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def sign_in(staff: Page, stack: Stack, email: str) -> None:
    """Password, then the second factor. A code works once: each account signs in once."""
    known = stack.staff(email)
    staff.goto("/accounts/login/")
    staff.get_by_label(re.compile("E-?mail")).fill(known["email"])
    staff.get_by_label("Password").fill(known["password"])
    staff.get_by_role("button", name="Sign in").click()
    expect(staff.get_by_role("heading", name="Type your sign-in code")).to_be_visible()
    staff.get_by_label(re.compile("code", re.IGNORECASE)).fill(six_digits(known["secret"]))
    staff.get_by_role("button", name="Sign in").click()
    expect(staff).to_have_url(re.compile("/desk/"))
