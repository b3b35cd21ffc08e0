"""Every page for patients is light, stands still and holds nothing but markup.

The product serves its files here as in production, collected and compressed; each page is opened
by a browser that has never been here. Lighthouse, by hand, is in ``docs/face.md``.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.test import override_settings
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, Page, ViewportSize

from tests.config.test_settings import SOUND, settings_from
from tests.world import POST_ONLY, World, is_for_staff, make_world, readable

pytestmark = pytest.mark.complete

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MOST_BYTES = 100_000
PHONE: ViewportSize = {"width": 390, "height": 844}
# What production serves files with, and tests do not.
SERVING = ("STORAGES", "WHITENOISE_USE_FINDERS", "WHITENOISE_AUTOREFRESH")
OWN_FILES = ["django.contrib.staticfiles.finders.FileSystemFinder"]
FOR_THE_BROWSER = {"portal:manifest", "portal:worker"}
FILES = {"portal:calendar_file"}
NO_PAGES = FOR_THE_BROWSER | FILES | POST_ONLY
SHIFTS = """() => new Promise((tell) => {
  const found = [];
  const add = (list) => list.forEach(({ value, sources }) => found.push(
    [value, sources.map(({ node }) => node?.outerHTML ?? node?.data).join()],
  ));
  const watch = new PerformanceObserver((list) => add(list.getEntries()));
  watch.observe({ type: "layout-shift", buffered: true });
  // What a frame moved is told after it was painted.
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
    add(watch.takeRecords());
    tell(found);
  })));
})"""


def portal_pages() -> dict[str, list[str]]:
    """Every page that patients may open, with the keys of its address."""
    spaces = {"home", "portal", "feedback"}
    return {
        name: keys
        for name, keys in readable().items()
        if name.partition(":")[0] in spaces and not is_for_staff(name) and name not in NO_PAGES
    }


# --- Serving as in production


class Scales:
    """The product's door, which weighs what it hands out: status line, headers and body."""

    def __init__(self) -> None:
        self.product = WSGIHandler()
        self.bytes = 0

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterator[bytes]:
        def weigh(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers), ""]
            self.bytes += sum(len(line.encode()) + 2 for line in lines)
            return start(status, headers, *more)

        with closing(self.product(environ, weigh)) as answer:
            for chunk in answer:
                self.bytes += len(chunk)
                yield chunk


@dataclass(frozen=True, slots=True)
class Served:
    url: str
    scales: Scales


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        production = settings_from(patch, **SOUND)
    as_there = {name: production[name] for name in SERVING}
    folder = str(tmp_path_factory.mktemp("static"))
    with override_settings(STATIC_ROOT=folder, STATICFILES_FINDERS=OWN_FILES, **as_there):
        call_command("collectstatic", interactive=False, verbosity=0)
        scales = Scales()
        # In place of the handler that serves files as development does.
        server = LiveServerThread("localhost", static_handler=lambda _: scales)  # type: ignore[arg-type]
        server.daemon = True
        server.start()
        server.is_ready.wait()
        if server.error:
            raise server.error
        yield Served(f"http://localhost:{server.port}", scales)
        server.terminate()


@pytest.fixture
def world(clock_at_now: datetime) -> World:
    return make_world(clock_at_now)


# --- Looking at one page


class Markup(HTMLParser):
    """Collects scripts and styles that stand in a page instead of in a file."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if tag == "style" or (tag == "script" and "src" not in names):
            self.inline.append(f"<{tag}>")
        self.inline += [
            f"<{tag} {name}>" for name in names if name == "style" or name.startswith("on")
        ]


def inline_in(html: str) -> list[str]:
    reader = Markup()
    reader.feed(html)
    reader.close()
    return reader.inline


@dataclass(slots=True)
class Weighed:
    """One page, loaded into an empty cache. ``bytes`` are those that came over the wire."""

    status: int = 0
    bytes: float = 0.0
    policy: str = ""
    html: str = ""
    shifts: list[tuple[float, str]] = field(default_factory=list)

    def faults(self) -> list[str]:
        found = [f"holds {each}" for each in inline_in(self.html)]
        found += [f"moves by {value:.5f}: {what}" for value, what in self.shifts]
        if self.status != 200:
            found.append(f"answers {self.status}")
        if self.bytes > MOST_BYTES:
            found.append(f"weighs {self.bytes:.0f} bytes")
        if "default-src" not in self.policy or "unsafe-" in self.policy:
            found.append(f"has the policy {self.policy!r}")
        return found


def weigh(page: Page, address: str) -> Weighed:
    weighed = Weighed()

    def add(finished: dict[str, Any]) -> None:
        weighed.bytes += finished["encodedDataLength"]

    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", add)
    answer = page.goto(address, wait_until="networkidle")
    assert answer is not None
    weighed.status, weighed.html = answer.status, answer.text()
    weighed.policy = answer.header_value("content-security-policy") or ""
    weighed.shifts = page.evaluate(SHIFTS)
    return weighed


def cookies_of(world: World, url: str) -> list[Any]:
    return [
        {"name": name, "value": cookie.value, "url": url}
        for name, cookie in world.rosa.cookies.items()
    ]


def first_load(browser: Browser, url: str, address: str, cookies: Iterable[Any]) -> list[str]:
    """What is wrong with a page, seen by a browser that knows nothing but ``cookies``."""
    # The worker keeps files for later; what it fetches is weighed by itself, below.
    context = browser.new_context(base_url=url, viewport=PHONE, service_workers="block")
    context.add_cookies(list(cookies))
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    weighed = weigh(page, address)
    context.close()
    return weighed.faults() + [f"says {each!r} on the console" for each in complaints]


# --- What must be so


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_every_page_is_light_still_and_plain(
    browser: Browser, served: Served, world: World
) -> None:
    addresses = [world.address(name, keys) for name, keys in portal_pages().items()]
    over = world.address(
        "portal:appointment", ["appointment_id"], appointment_id=world.over.public_id
    )
    cookies = cookies_of(world, served.url)
    found = {
        address: faults
        for address in [*addresses, over]
        if (faults := first_load(browser, served.url, address, cookies))
    }
    assert {"home", "portal:times", "portal:details", "feedback:survey"} <= set(portal_pages())
    assert found == {}


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_first_visit_is_light_with_all_that_the_app_keeps_for_later(
    browser: Browser, served: Served, world: World
) -> None:
    context = browser.new_context(base_url=served.url, viewport=PHONE)
    page = context.new_page()
    before = served.scales.bytes
    page.goto("/", wait_until="networkidle")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    alone = served.scales.bytes - before
    context.close()
    assert 10_000 < alone < MOST_BYTES


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_files_are_compressed_and_may_be_kept_for_good(
    browser: Browser, served: Served, world: World
) -> None:
    context = browser.new_context(base_url=served.url, service_workers="block")
    page = context.new_page()
    fetched: dict[str, dict[str, str]] = {}
    page.on("response", lambda answer: fetched.update({answer.url: answer.all_headers()}))
    page.goto(world.address("portal:times", ["visit_type"]), wait_until="networkidle")
    context.close()
    files = {url: headers for url, headers in fetched.items() if "/static/" in url}
    assert any("/js/api." in url for url in files), "a module that a module imports"
    for url, headers in files.items():
        assert "immutable" in headers["cache-control"], url
        assert headers.get("content-encoding") == "gzip" or url.endswith((".png", ".svg")), url


# --- The scales are true


@pytest.mark.parametrize(
    ("html", "inline"),
    [
        ('<script type="module" src="/a.js"></script><link rel="stylesheet" href="/a.css">', []),
        ("<script>alert(1)</script>", ["<script>"]),
        ("<style>p { color: red }</style>", ["<style>"]),
        ('<p style="color: red" onclick="go()">', ["<p style>", "<p onclick>"]),
    ],
)
def test_what_stands_inline_is_found(html: str, inline: list[str]) -> None:
    assert inline_in(html) == inline


@pytest.mark.parametrize(
    ("worse", "fault"),
    [
        ({"status": 500}, "answers 500"),
        ({"bytes": 100_001}, "weighs 100001 bytes"),
        ({"shifts": [(0.002, "<p>Hello")]}, "moves by 0.00200: <p>Hello"),
        ({"policy": ""}, "has the policy ''"),
        (
            {"policy": "default-src 'unsafe-inline'"},
            "has the policy \"default-src 'unsafe-inline'\"",
        ),
        ({"html": "<style>"}, "holds <style>"),
    ],
)
def test_each_fault_is_told(worse: dict[str, Any], fault: str) -> None:
    sound: dict[str, Any] = {"status": 200, "policy": "default-src 'self'"}
    assert Weighed(**sound).faults() == []
    assert Weighed(**sound | worse).faults() == [fault]


@pytest.mark.browser
def test_a_page_that_jumps_is_seen(page: Page) -> None:
    page.set_content("<div id=top></div><p>Stand here, in the middle of everything.</p>" * 2)
    page.evaluate("() => new Promise((on) => requestAnimationFrame(() => setTimeout(on)))")
    page.evaluate("() => { document.querySelector('#top').innerHTML = '<br>'.repeat(9); }")
    ((value, what),) = page.evaluate(SHIFTS)
    assert value > 0
    assert "Stand here" in what
