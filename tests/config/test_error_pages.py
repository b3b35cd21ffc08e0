"""When something goes wrong, people get a page of ours and programs get a problem."""

from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from pytest_django import Settings

from config import access, urls
from config.access import Audience
from config.problems import CONTENT_TYPE
from people.exceptions import NotAllowed, TooManyCodes
from people.models import StaffRole
from portal.account.sessions import BACKEND
from scheduling.exceptions import IllegalTransition, SlotTaken
from tests.builders import make_group, make_patient, make_site, make_staff

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = pytest.mark.django_db

FAULTS: dict[str, Exception] = {
    "suspicious": SuspiciousOperation("no"),
    "denied": PermissionDenied(),
    "illegal": IllegalTransition("canceled", "arrived"),
    "taken": SlotTaken(),
    "codes": TooManyCodes(),
    "not-yours": NotAllowed(),
    "bug": RuntimeError("broken on purpose"),
    "database": DatabaseError("gone"),
}


def fails(request: HttpRequest, fault: str) -> HttpResponse:
    raise FAULTS[fault]


urlpatterns = [
    path("fails/<str:fault>/", fails, name="fails"),
    path("desk/fails/<str:fault>/", fails, name="desk-fails"),
    path("api/v1/fails/<str:fault>/", fails, name="api-fails"),
    path("", include(urls)),
]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500


@pytest.fixture(autouse=True)
def _routes_that_fail(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ROOT_URLCONF = __name__
    for name in ("fails", "desk-fails", "api-fails"):
        monkeypatch.setitem(access.ROUTES, name, Audience.ANYONE)


@pytest.fixture
def visitor() -> Client:
    make_group()
    return Client(raise_request_exception=False)


def words(answer: "Answer") -> str:
    return answer.content.decode()


PAGES = {
    "/fails/suspicious/": (400, "We could not read that"),
    "/fails/denied/": (403, "This page is not open to you"),
    "/no/such/page/": (404, "We could not find that page"),
    "/fails/not-yours/": (404, "We could not find that page"),
    "/sign-out/": (405, "That link does not open a page"),
    "/fails/illegal/": (409, "Something changed in the meantime"),
    "/fails/taken/": (409, "Something changed in the meantime"),
    "/fails/codes/": (429, "Please wait a moment"),
    "/fails/bug/": (500, "Something broke on our side"),
    "/fails/database/": (500, "Something broke on our side"),
}


@pytest.mark.parametrize("address", PAGES)
def test_a_page_says_what_happened_where_to_go_and_which_number_to_give(
    visitor: Client, address: str
) -> None:
    status, title = PAGES[address]
    answer = visitor.get(address)
    page = words(answer)
    assert answer.status_code == status
    assert f"<h1>{title}</h1>" in page
    main = page.partition('<main id="main"')[2].partition("</main>")[0]
    assert 'href="/' in main, "a way on"
    assert "(212) 555-0100" in main, "somebody to call"
    request_id = answer.headers["X-Request-ID"]
    assert f'data-request-id="{request_id}">{request_id[:8]}</code>' in main


def test_waiting_comes_with_how_long(visitor: Client) -> None:
    assert visitor.get("/fails/codes/").headers["Retry-After"] == "3600"


def test_a_page_leads_each_to_their_own_place(visitor: Client) -> None:
    assert ">Go to the first page<" in words(visitor.get("/no/such/page/"))
    user, _ = make_patient()
    visitor.force_login(user, backend=BACKEND)
    assert 'href="/visits/"' in words(visitor.get("/no/such/page/"))
    visitor.force_login(make_staff(StaffRole.Role.FRONT_DESK, sites=[make_site()]))
    at_the_desk = words(visitor.get("/desk/fails/illegal/"))
    assert "Back to the desk" in at_the_desk
    assert 'class="desk-bar"' in at_the_desk


def test_a_page_speaks_the_visitors_language(visitor: Client) -> None:
    for address in ("/no/such/page/", "/fails/bug/"):
        page = words(visitor.get(address, headers={"Accept-Language": "es"}))
        assert '<html lang="es"' in page


def test_what_broke_is_told_even_when_the_database_is_gone(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr("config.errors.clinic_group", gone)
    answer = visitor.get("/fails/bug/")
    assert answer.status_code == 500
    assert "<h1>Something broke on our side</h1>" in words(answer)


def test_what_broke_can_be_tried_again_only_if_it_was_read(visitor: Client) -> None:
    assert "Try again" in words(visitor.get("/fails/bug/"))
    assert "Try again</span>" not in words(visitor.post("/fails/bug/"))


PROBLEMS = {
    "/api/v1/no/such/thing/": (404, "not_found"),
    "/api/nothing/": (404, "not_found"),
    "/api/v1/fails/suspicious/": (400, "malformed"),
    "/api/v1/fails/denied/": (403, "forbidden"),
    "/api/v1/fails/illegal/": (409, "conflict"),
    "/api/v1/fails/codes/": (429, "too_many_requests"),
    "/api/v1/fails/bug/": (500, "broken"),
}


@pytest.mark.parametrize("address", PROBLEMS)
def test_programs_get_a_problem(visitor: Client, address: str) -> None:
    status, code = PROBLEMS[address]
    answer = visitor.get(address)
    problem = answer.json()
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, CONTENT_TYPE)
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["request_id"] == answer.headers["X-Request-ID"]


# --- Maintenance


@pytest.fixture
def closed(settings: Settings) -> None:
    settings.MAINTENANCE = True
    settings.MAINTENANCE_MINUTES = 15


@pytest.mark.usefixtures("closed")
def test_maintenance_says_when_to_come_back(visitor: Client) -> None:
    answer = visitor.get("/visits/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "900")
    assert "<h1>We will be back soon</h1>" in words(answer)
    assert "(212) 555-0100" in words(answer)
    assert answer.headers["X-Request-ID"] in words(answer)


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("address", ["/api/v1/sites/", "/hooks/twilio/sms/"])
def test_maintenance_tells_programs_with_a_problem(visitor: Client, address: str) -> None:
    answer = visitor.post(address)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "900")
    assert answer.json()["code"] == "maintenance"


@pytest.mark.usefixtures("closed")
def test_maintenance_leaves_health_files_and_administration_open(visitor: Client) -> None:
    assert visitor.get("/healthz").status_code == 200
    assert visitor.get("/static/css/base.css").status_code == 200
    assert visitor.get("/accounts/login/").status_code == 200
    administrator = make_staff(StaffRole.Role.ADMINISTRATOR)
    visitor.force_login(administrator)
    assert visitor.get("/admin/").status_code == 200
    assert visitor.get("/desk/").status_code == 503


@pytest.mark.usefixtures("closed")
def test_maintenance_asks_no_session_and_no_account(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, _ = make_patient()
    visitor.force_login(user, backend=BACKEND)

    def gone(*_args: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", gone)
    monkeypatch.setattr("config.errors.clinic_group", gone)
    answer = visitor.get("/", headers={"Accept-Language": "es"})
    assert answer.status_code == 503
    assert '<html lang="es"' in words(answer)


# --- What a browser may keep


def test_a_page_for_somebody_is_not_kept_by_the_browser(visitor: Client) -> None:
    assert "no-store" not in visitor.get("/").headers.get("Cache-Control", "")
    user, _ = make_patient()
    visitor.force_login(user, backend=BACKEND)
    for address in ("/", "/visits/", "/api/v1/appointments/"):
        kept = visitor.get(address).headers["Cache-Control"]
        assert "no-store" in kept, address
        assert "private" in kept, address
