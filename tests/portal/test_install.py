"""The portal as an app on a phone: what it is called, what it keeps, and what it forgets."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from people.models import Person, User
from portal.account.sessions import BACKEND
from portal.pwa.views import ICONS, SHELL, short_name
from scheduling.booking.services import lifecycle
from scheduling.models import Appointment
from tests.builders import at, days_after, make_appointment, make_group, make_patient

STATIC = Path(settings.BASE_DIR) / "static"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Northfield Health", "Northfield"),
        ("Lake Care", "Lake Care"),
        ("Northwesternmost Health", "Northwestern"),
    ],
)
def test_an_icon_has_room_for_a_short_name(name: str, short: str) -> None:
    assert short_name(name) == short


@pytest.mark.django_db
def test_the_manifest_is_the_clinic_groups(client: Client) -> None:
    make_group(name="Northfield Health")
    answer = client.get("/manifest.webmanifest", headers={"Accept-Language": "es"})
    told = answer.json()
    assert answer.headers["Content-Type"] == "application/manifest+json"
    assert (told["name"], told["short_name"]) == ("Northfield Health", "Northfield")
    assert (told["lang"], told["dir"]) == ("es", "ltr")
    assert (told["display"], told["start_url"], told["scope"]) == ("standalone", "/", "/")
    assert {each["purpose"] for each in told["icons"]} == {"any", "maskable"}
    for shortcut in told["shortcuts"]:
        assert client.get(shortcut["url"]).status_code in (200, 302)


def test_every_file_it_names_is_there() -> None:
    for path in [*SHELL, *(icon[0] for icon in ICONS), "img/app/apple-touch-icon.png"]:
        assert (STATIC / path).is_file(), path


@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("img/app/icon-192.png", 192),
        ("img/app/icon-512.png", 512),
        ("img/app/maskable-512.png", 512),
        ("img/app/apple-touch-icon.png", 180),
    ],
)
def test_icons_have_the_size_they_claim(path: str, size: int) -> None:
    header = (STATIC / path).read_bytes()[:24]
    width, height = (int.from_bytes(header[start : start + 4]) for start in (16, 20))
    assert (width, height) == (size, size)


@pytest.mark.django_db
def test_the_worker_looks_after_the_whole_site_and_knows_its_version(client: Client) -> None:
    group = make_group()
    answer = client.get("/sw.js")
    code = answer.content.decode()
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "no-cache" in answer.headers["Cache-Control"]
    files = json.loads(code.partition("self.SHELL = ")[2].partition(";")[0])
    assert all(client.get(file).status_code == 200 for file in files)
    assert client.get("/sw.js").content == answer.content, "the same until something changes"
    group.phone = "+17165550111"
    group.save()
    assert client.get("/sw.js").content != answer.content


@pytest.mark.django_db
def test_the_offline_page_is_the_same_for_everybody(client: Client, now: datetime) -> None:
    make_group()
    for_a_visitor = client.get("/offline/").content
    visit = make_appointment(now=now)
    assert visit.booked_by is not None
    client.force_login(visit.booked_by, backend=BACKEND)
    assert client.get("/offline/").content == for_a_visitor


@pytest.mark.django_db
def test_all_that_the_offline_page_is_made_of_is_kept(client: Client) -> None:
    page = client.get("/offline/").content.decode()
    made_of = set(re.findall(r'(?:src|href)="/static/([^"#]+)', page))
    assert made_of - set(SHELL) == {"img/app/apple-touch-icon.png"}  # read when it is installed


def kept_on(client: Client, address: str) -> str:
    page = client.get(address, follow=True).content.decode()
    return page.partition("data-keep-visit")[2].partition("></div>")[0]


@pytest.mark.django_db
def test_pages_name_the_next_visit_and_only_what_may_be_kept(
    client: Client, clock_at_now: datetime
) -> None:
    patient = make_patient()
    later = make_appointment(
        now=clock_at_now,
        patient=patient,
    )
    sooner = make_appointment(
        now=clock_at_now,
        starts_at=at(later.site, days_after(clock_at_now, 1), 9),
        site=later.site,
        visit_type=later.visit_type,
        patient=patient,
    )
    client.force_login(patient[0], backend=BACKEND)
    addresses = [
        "/",
        "/visits/",
        f"/visits/{later.public_id}/",
        f"/visits/{later.public_id}/booked/",
    ]
    for address in addresses:
        kept = kept_on(client, address)
        assert sooner.starts_at.isoformat() in kept, address
        assert "12 Lake Street" in kept
        assert "(716) 555-0100" in kept
        for private in ("Rosa", "Alvarez", "Blood", "Dr.", str(sooner.public_id)):
            assert private not in kept
    for visit in (sooner, later):
        lifecycle.cancel_appointment(
            appointment=visit, user=patient[0], reason="", now=clock_at_now
        )
    for address in addresses:
        assert 'data-at=""' in kept_on(client, address), "none is to come: forget"


@pytest.mark.django_db
def test_a_visitors_page_keeps_nothing(client: Client) -> None:
    assert kept_on(client, "/") == ""


# --- In a real browser, on the real clock: the phone knows no other


@pytest.fixture
def patient(transactional_db: None) -> tuple[User, Person]:
    make_group()
    return make_patient()


@pytest.fixture
def visit(patient: tuple[User, Person]) -> Appointment:
    return make_appointment(now=_next_weekday(datetime.now(UTC)), patient=patient)


def _next_weekday(moment: datetime) -> datetime:
    """A moment two days before a day on which the builders' clinicians work."""
    while (moment + timedelta(days=2)).weekday() > 4:
        moment += timedelta(days=1)
    return moment


@pytest.fixture
def phone(
    live_server: LiveServer,
    context: BrowserContext,
    patient: tuple[User, Person],
) -> Iterator[Page]:
    """A phone whose owner is signed in, at the first page, with the worker in place."""
    signed_in = Client()
    signed_in.force_login(patient[0], backend=BACKEND)
    session = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    page = context.new_page()
    yield page
    context.set_offline(False)


def opens(page: Page, server: LiveServer, path: str) -> None:
    """Go there, and wait for the worker to have kept what it keeps."""
    page.goto(f"{server.url}{path}")
    page.evaluate(
        """async () => {
            await navigator.serviceWorker.ready;
            while (!(await caches.match("/offline/", { ignoreVary: true }))) {
                await new Promise((done) => setTimeout(done, 20));
            }
        }"""
    )


@pytest.mark.browser
def test_without_a_net_the_phone_still_says_when_where_and_whom_to_call(
    phone: Page, live_server: LiveServer, visit: Appointment
) -> None:
    opens(phone, live_server, "/")
    expect(phone.get_by_text("Your next visit").first).to_be_visible()
    phone.context.set_offline(True)
    for path in ("/visits/", "/book/blood-test/", "/"):
        phone.goto(f"{live_server.url}{path}")
        expect(phone.get_by_role("heading", name="No internet right now")).to_be_visible()
        card = phone.get_by_role("region", name="Your next visit")
        expect(card).to_contain_text("at 10:00 AM")
        expect(card).to_contain_text("12 Lake Street, Buffalo, NY 14201")
        expect(card.get_by_role("link", name="(716) 555-0100")).to_have_attribute(
            "href", "tel:+17165550100"
        )
        words = phone.locator("body").inner_text()
        for private in ("Rosa", "Alvarez", "Blood", visit.clinician.name):
            assert private not in words
    style = phone.evaluate("getComputedStyle(document.body).backgroundColor")
    assert style != "rgba(0, 0, 0, 0)", "it wears our face"


@pytest.mark.browser
def test_nothing_private_is_in_what_the_browser_keeps(
    phone: Page, live_server: LiveServer, visit: Appointment
) -> None:
    for path in ("/", "/visits/", f"/visits/{visit.public_id}/"):
        opens(phone, live_server, path)
    kept = phone.evaluate(
        """async () => {
            const found = [];
            for (const name of await caches.keys()) {
                const cache = await caches.open(name);
                for (const request of await cache.keys()) {
                    const body = await (await cache.match(request, { ignoreVary: true })).text();
                    found.push([new URL(request.url).pathname, body]);
                }
            }
            return found;
        }"""
    )
    assert {path for path, _ in kept if not path.startswith("/static/")} == {"/offline/"}
    for _, body in kept:
        for private in ("Rosa", "Alvarez", "12 Lake Street"):
            assert private not in body
    stored = json.loads(phone.evaluate("localStorage.getItem('visitwell-next-visit')"))
    assert set(stored) == {"at", "when", "address", "phone", "phoneWords", "seen"}
    assert phone.evaluate("localStorage.length") == 1


@pytest.mark.browser
def test_signing_out_forgets_the_visit(
    phone: Page, live_server: LiveServer, visit: Appointment
) -> None:
    opens(phone, live_server, "/visits/")
    phone.get_by_role("button", name="Sign out").click()
    expect(phone.get_by_role("link", name="Sign in")).to_be_visible()
    phone.context.set_offline(True)
    phone.goto(f"{live_server.url}/visits/")
    expect(phone.get_by_role("heading", name="No internet right now")).to_be_visible()
    expect(phone.get_by_text("When you are back online")).to_be_visible()
    expect(phone.get_by_text("12 Lake Street")).to_have_count(0)
    assert phone.evaluate("localStorage.length") == 0
    phone.context.set_offline(False)
    phone.go_back()
    assert phone.evaluate("localStorage.length") == 0, "an old page does not bring it back"


@pytest.mark.browser
def test_a_visit_that_is_canceled_is_forgotten(
    phone: Page, live_server: LiveServer, visit: Appointment
) -> None:
    opens(phone, live_server, "/")
    assert phone.evaluate("localStorage.length") == 1
    assert visit.booked_by is not None
    lifecycle.cancel_appointment(
        appointment=visit, user=visit.booked_by, reason="", now=datetime.now(UTC)
    )
    opens(phone, live_server, "/visits/")
    assert phone.evaluate("localStorage.length") == 0


@pytest.mark.browser
def test_the_offline_page_speaks_the_language_that_was_chosen(
    phone: Page, live_server: LiveServer, visit: Appointment
) -> None:
    opens(phone, live_server, "/")
    phone.get_by_role("button", name="Español").click()
    opens(phone, live_server, "/")
    phone.wait_for_function(
        """async () => (await caches.match("/offline/", { ignoreVary: true }))
            .headers.get("Content-Language") === "es" """
    )
    phone.context.set_offline(True)
    phone.goto(f"{live_server.url}/")
    expect(phone.locator("html")).to_have_attribute("lang", "es")


@pytest.mark.browser
def test_the_staffs_pages_are_left_alone(
    phone: Page, live_server: LiveServer, visit: Appointment
) -> None:
    opens(phone, live_server, "/")
    phone.context.set_offline(True)
    with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
        phone.goto(f"{live_server.url}/desk/")
