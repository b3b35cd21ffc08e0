"""An older patient who reads Spanish finds the visit that suits her, and books it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.stack import Stack, eventually

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.complete]

LUCIA = "+17165550171"
Take = Callable[[Page, str], None]
People = Callable[..., Page]
# In the demo nobody in Buffalo is all that she asks for; Dr. Okafor learns Spanish.
LEARNS = """
from scheduling.models import Clinician
Clinician.objects.filter(resource__slug="amara-okafor").update(languages=["en", "fr", "es"])
"""


def test_she_finds_a_woman_who_speaks_spanish_in_the_morning_near_her(
    stack: Stack, new_person: People, look: Take
) -> None:
    stack.manage("shell", "-c", LEARNS)
    lucia = new_person()
    she_starts_in_spanish_and_types_her_zip_code(lucia)
    she_says_what_she_wishes(lucia, look)
    she_sees_why_each_time_fits(lucia, look)
    she_turns_the_page_and_comes_back(lucia)
    she_looks_at_a_time_and_thinks_again(lucia)
    she_books_it(lucia, stack, look)


def she_starts_in_spanish_and_types_her_zip_code(lucia: Page) -> None:
    lucia.goto("/")
    lucia.get_by_role("button", name="Español").click()
    lucia.get_by_label("Su código postal o ciudad").fill("14201-1234")
    lucia.get_by_role("button", name="Chequeo anual").click()
    for asked, answer in (("dolor en el pecho", "No"), ("¿Ha venido antes", "Sí")):
        group = lucia.get_by_role("group", name=re.compile(re.escape(asked)))
        group.get_by_label(answer, exact=True).check(force=True)
    lucia.get_by_role("button", name="Continuar").click()
    expect(lucia.get_by_role("heading", name="Elija una hora")).to_be_visible()
    expect(lucia.get_by_role("link", name="Quitar: Cerca de 14201")).to_be_visible()


def she_says_what_she_wishes(lucia: Page, look: Take) -> None:
    look(lucia, "near-her")
    lucia.get_by_role("link", name="Habla español").click()
    lucia.get_by_text("Más opciones").click()
    look(lucia, "more-choices")
    lucia.get_by_label("Que le atienda").select_option(label="Una mujer")
    lucia.get_by_label("Por la mañana").check(force=True)
    lucia.get_by_label("Solo clínicas sin escalones").check(force=True)
    lucia.get_by_role("button", name="Ver horarios").click()
    for choice in ("Habla español", "Una mujer", "Sin escalones", "Por la mañana"):
        expect(lucia.get_by_role("link", name=f"Quitar: {choice}")).to_be_visible()


def she_sees_why_each_time_fits(lucia: Page, look: Take) -> None:
    look(lucia, "what-fits")
    offer = lucia.locator(".offer").first
    for reason in (
        "millas de 14201",
        "Habla español",
        "Le atiende una mujer",
        "Sin escalones",
        "Antes del mediodía",
        "Con Dr. Amara Okafor",
    ):
        expect(offer.get_by_text(reason)).to_be_visible()
    times = offer.locator(".slot__time").all_inner_texts()
    assert times
    assert all(each.endswith("AM") for each in times)


def she_turns_the_page_and_comes_back(lucia: Page) -> None:
    shown = lucia.locator("[data-span]")
    first = shown.inner_text()
    lucia.get_by_role("link", name="Después", exact=True).first.click()
    expect(shown).not_to_have_text(first)
    expect(lucia.locator(".offer").first.get_by_text("Habla español")).to_be_visible()
    lucia.get_by_role("link", name="Antes", exact=True).first.click()
    expect(shown).to_have_text(first)
    lucia.go_back()
    expect(shown).not_to_have_text(first)
    expect(lucia.get_by_role("link", name="Quitar: Una mujer")).to_be_visible()


def she_looks_at_a_time_and_thinks_again(lucia: Page) -> None:
    second = lucia.locator("details.day").nth(1)
    second.locator("summary").click()
    second.locator("button.slot").first.click()
    expect(lucia.get_by_role("heading", name="¿Quién viene?")).to_be_visible()
    lucia.get_by_role("button", name="Elegir otra hora").click()
    for choice in ("Habla español", "Una mujer", "Northfield Buffalo"):
        expect(lucia.get_by_role("link", name=f"Quitar: {choice}")).to_be_visible()


def she_books_it(lucia: Page, stack: Stack, look: Take) -> None:
    lucia.get_by_role("button", name="Aceptar esta hora").click()
    expect(lucia.get_by_role("heading", name="¿Quién viene?")).to_be_visible()
    lucia.get_by_label("Nombre", exact=True).fill("Lucía")
    lucia.get_by_label("Apellido").fill("Campos")
    lucia.get_by_role("textbox", name="Mes").fill("5")
    lucia.get_by_role("textbox", name="Día").fill("9")
    lucia.get_by_role("textbox", name="Año").fill("1948")
    lucia.get_by_label("Teléfono celular").fill(LUCIA)
    lucia.get_by_label("Mensaje de texto").check(force=True)
    lucia.get_by_role("button", name="Continuar").click()
    expect(lucia.get_by_role("heading", name="Escriba su código")).to_be_visible()
    lucia.get_by_label("Su código").fill(code_texted_in_spanish(stack))
    lucia.get_by_role("button", name="Continuar").click()
    expect(lucia.get_by_text("Dr. Amara Okafor")).to_be_visible()
    lucia.get_by_role("button", name=re.compile("Reservar")).click()
    expect(lucia.get_by_role("heading", name="Su cita está reservada")).to_be_visible()
    look(lucia, "booked")


def code_texted_in_spanish(stack: Stack) -> str:
    def code() -> str | None:
        found = [re.match(r"(\d{6}) es su c", text["body"]) for text in stack.texts_to(LUCIA)]
        return next((each[1] for each in found if each), None)

    return eventually(code, what="the code arrives")
