"""A patient who reads Spanish books without meeting a word of English."""

import re
from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from local import catalog
from tests.journeys.conftest import MONDAY
from tests.stack import Stack, eventually

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.complete]

PHONE, EMAIL = "+17165550177", "lucia@example.com"
Take = Callable[[Page, str], None]
People = Callable[..., Page]

# Words that no Spanish sentence has: they give away what never reached the catalog.
ENGLISH = re.compile(r"(?i)\b(the|and|you|your|we|our|is|are|of|with|will|this|that|from|please)\b")
# On the button and the card that lead to it, a language has its own name.
OWN_NAMES = {"English"}
# Everything that is seen or heard on the page, templates for scripts included.
SAID = """() => {
  const roots = [document, ...[...document.querySelectorAll("template")].map((t) => t.content)];
  const spoken = ["alt", "title", "placeholder", "aria-label"];
  const said = [document.title, document.body.innerText];
  for (const root of roots) {
    if (root !== document) said.push(root.textContent);
    for (const element of root.querySelectorAll("*")) {
      for (const { name, value } of element.attributes) {
        if (spoken.includes(name) || (name.startsWith("data-") && value.includes(" "))) {
          said.push(value);
        }
      }
    }
  }
  document.querySelectorAll(".visually-hidden").forEach((one) => said.push(one.textContent));
  return said;
}"""


def english_sentences() -> list[re.Pattern[str]]:
    """What the catalog translates, without the words that are Spanish as well."""
    spanish = catalog.read(catalog.LOCALE / "es" / "LC_MESSAGES" / "django.po")
    forms = [texts(message.string) for message in spanish if message.id]
    all_spanish = "\n".join(text for said in forms for text in said)
    found = []
    for message in spanish:
        for sentence in texts(message.id):
            for piece in re.split(r"%\(\w+\)\w|%%|<[^>]+>", sentence):
                words = re.compile(rf"(?<!\w){re.escape(piece.strip())}(?!\w)")
                if re.search(r"\w{2}", piece) and not words.search(f"{all_spanish} {OWN_NAMES}"):
                    found.append(words)
    return found


def texts(said: object) -> Iterable[str]:
    return [said] if isinstance(said, str) else list(said or ())  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def english() -> list[re.Pattern[str]]:
    return english_sentences()


@pytest.fixture
def in_spanish(english: list[re.Pattern[str]], look: Take) -> Callable[[Page, str], None]:
    """Check that a page says nothing in English, and look at it closely."""

    def check(page: Page, name: str) -> None:
        look(page, f"es-{name}")
        assert page.locator("html").get_attribute("lang") == "es"
        said = page.evaluate(SAID)
        left = {
            found.group()
            for text in said
            for each in [ENGLISH, *english]
            if (found := each.search(text))
        }
        assert left == set(), f"in English on {name}"

    return check


def test_a_visit_is_booked_in_spanish(
    stack: Stack, new_person: People, in_spanish: Callable[[Page, str], None]
) -> None:
    lucia = new_person()
    lucia.goto("/")
    lucia.get_by_role("button", name="Español").click()
    expect(lucia.get_by_role("heading", name="Reserve su cita en pocos minutos")).to_be_visible()
    in_spanish(lucia, "1-home")
    she_chooses_a_time(lucia, in_spanish)
    she_says_who_she_is(lucia, stack, in_spanish)
    she_books(lucia, stack, in_spanish)
    she_looks_at_her_visit(lucia, in_spanish)
    she_says_how_it_was(lucia, stack, in_spanish)
    at_another_browser_her_language_comes_with_her(new_person(), stack, in_spanish)


def she_chooses_a_time(lucia: Page, in_spanish: Take) -> None:
    lucia.get_by_label("Su código postal o ciudad").fill("Buffalo")
    lucia.get_by_role("button", name="Análisis de sangre").click()
    expect(lucia.get_by_role("heading", name="Horarios libres")).to_be_visible()
    in_spanish(lucia, "2-times")
    before = lucia.locator("[data-span]").inner_text()
    lucia.get_by_role("link", name="Después").first.click()
    expect(lucia.locator("[data-span]")).not_to_have_text(before)
    in_spanish(lucia, "2-times-later")
    assert re.fullmatch(r"\d\d?:\d\d [AP]M", lucia.locator(".slot__time").first.inner_text())
    lucia.locator("button.slot").first.click()


def she_says_who_she_is(lucia: Page, stack: Stack, in_spanish: Take) -> None:
    expect(lucia.get_by_role("heading", name="¿Quién viene?")).to_be_visible()
    lucia.get_by_role("button", name="Continuar").click()
    expect(lucia.get_by_role("link", name="Escriba su nombre.")).to_be_visible()
    in_spanish(lucia, "3-details-errors")
    lucia.get_by_label("Nombre").fill("Lucía")
    lucia.get_by_label("Apellido").fill("Ibarra")
    lucia.get_by_label("Mes").fill("7")
    lucia.get_by_label("Día", exact=True).fill("2")
    lucia.get_by_label("Año", exact=True).fill("1961")
    lucia.get_by_label("Teléfono celular").fill("716 555 0177")
    lucia.get_by_label(re.compile("^Correo electrónico")).first.fill(EMAIL)
    expect(lucia.get_by_role("radio", name="Español")).to_be_checked()
    in_spanish(lucia, "3-details")
    lucia.get_by_role("button", name="Continuar").click()
    expect(lucia.get_by_role("heading", name="Escriba su código")).to_be_visible()
    in_spanish(lucia, "4-code")
    lucia.get_by_label("Su código").fill("000000")
    lucia.get_by_role("button", name="Continuar").click()
    expect(lucia.get_by_text("Ese código no es el correcto.").first).to_be_visible()
    in_spanish(lucia, "4-code-wrong")
    lucia.get_by_label("Su código").fill(code_texted(stack))
    lucia.get_by_role("button", name="Continuar").click()


def code_texted(stack: Stack) -> str:
    def newest() -> str | None:
        codes = [re.match(r"(\d{6}) es su c", text["body"]) for text in stack.texts_to(PHONE)]
        found = [code.group(1) for code in codes if code]
        return found[-1] if found else None

    return eventually(newest, what="the code arrives, in Spanish")


def she_books(lucia: Page, stack: Stack, in_spanish: Take) -> None:
    expect(lucia.get_by_role("heading", name="¿Está todo bien?")).to_be_visible()
    in_spanish(lucia, "5-review")
    lucia.get_by_role("button", name="Reservar esta cita").click()
    expect(lucia.get_by_role("heading", name="Su cita está reservada")).to_be_visible()
    in_spanish(lucia, "6-booked")
    confirmed = eventually(
        lambda: next(
            (t["body"] for t in stack.texts_to(PHONE) if "su cita es el" in t["body"]), ""
        ),
        what="the confirmation, in Spanish",
    )
    assert not ENGLISH.search(confirmed.partition("http")[0])
    (letter,) = eventually(lambda: stack.letters_to(EMAIL), what="the letter")
    assert re.match(r"Su cita del .+ está reservada", letter["subject"])


def she_looks_at_her_visit(lucia: Page, in_spanish: Take) -> None:
    lucia.get_by_role("link", name="Mis citas").first.click()
    expect(lucia.get_by_role("heading", name="Mis citas")).to_be_visible()
    in_spanish(lucia, "7-visits")
    lucia.get_by_role("link", name="Análisis de sangre").first.click()
    expect(lucia.get_by_role("button", name="Ahí estaré")).to_be_visible()
    in_spanish(lucia, "7-visit")
    visit = lucia.url
    lucia.get_by_role("link", name="Cambiar esta cita").click()
    expect(lucia.get_by_role("heading", name="Cambie su cita")).to_be_visible()
    in_spanish(lucia, "7-move")
    lucia.goto(visit)
    lucia.get_by_role("link", name="Cancelar esta cita").click()
    expect(lucia.get_by_role("heading", name="Cancelar su cita")).to_be_visible()
    in_spanish(lucia, "7-cancel")
    lucia.goto("/you/")
    in_spanish(lucia, "7-you")
    assert "No encontramos esa página" in lucia.request.get("/no-such-page/").text()
    lucia.goto("/")
    in_spanish(lucia, "7-home-again")


def she_says_how_it_was(lucia: Page, stack: Stack, in_spanish: Take) -> None:
    """The survey of a visit that is over: here it is opened at once."""
    ((token,),) = stack.query(
        "INSERT INTO feedback_surveyinvitation (appointment_id, token, planned_at, closes_at) "
        "SELECT id, 'lucia-says', %s, %s FROM scheduling_appointment RETURNING token",
        MONDAY,
        MONDAY + timedelta(days=30),
    )
    lucia.goto(f"/s/{token}/")
    in_spanish(lucia, "8-survey")
    lucia.get_by_label("Muy mala").check(force=True)
    lucia.get_by_role("button", name="Enviar").click()
    expect(lucia.get_by_role("heading", name="Gracias")).to_be_visible()
    in_spanish(lucia, "8-thanks")


def at_another_browser_her_language_comes_with_her(
    page: Page, stack: Stack, in_spanish: Take
) -> None:
    page.goto("/sign-in/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    known = len(stack.texts_to(PHONE))
    page.get_by_label("Your mobile phone or e-mail").fill("716 555 0177")
    page.get_by_role("button", name="Send me a code").click()
    text = eventually(lambda: stack.texts_to(PHONE)[known:], what="another code")[0]["body"]
    page.get_by_label("Your code").fill(text[:6])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Mis citas")).to_be_visible()
    in_spanish(page, "9-visits-elsewhere")
