"""What people press and fill in."""

from config.styleguide.specimens import (
    LONG,
    NOWHERE,
    UNBROKEN,
    Section,
    Specimen,
    disabled_form,
    empty_form,
    fields,
    options,
    plain_form,
    wrong_form,
)

KINDS = ["primary", "secondary", "quiet", "danger"]
SIMPLE = ["name", "nickname", "reason", "visit", "how", "needs", "agrees"]

ACTING = [
    Section(
        "Buttons and links",
        "One primary button a page. A label says what happens when it is pressed.",
        [
            *(
                Specimen("button", kind, {"label": "Book this visit", "kind": kind})
                for kind in KINDS
            ),
            Specimen("button", "with icon", {"label": "Check in", "icon": "check"}),
            Specimen("button", "large, full width", {"label": "Next", "size": "large", "full": 1}),
            Specimen("button", "small", {"label": "Call in", "size": "small"}),
            Specimen("button", "disabled", {"label": "Book this visit", "disabled": 1}),
            Specimen("button", "long words", {"label": f"{LONG} {UNBROKEN}"}, look="narrow"),
            *(
                Specimen("link_button", kind, {"label": "See my visits", "url": "#", "kind": kind})
                for kind in KINDS[:3]
            ),
            Specimen("post_button", "a form of one button", {"label": "Release", **NOWHERE}),
            Specimen("button", "at the desk", {"label": "Call in", "size": "small"}, look="desk"),
        ],
    ),
    Section(
        "Dialog",
        "Asks before what cannot be undone. Works without a script; Escape closes it.",
        [
            Specimen(
                "dialog",
                state,
                {
                    "trigger": "Cancel this visit",
                    "title": "Cancel your visit on March 28?",
                    "text": "Somebody else can then have this time.",
                    "confirm_label": "Yes, cancel it",
                    "open": is_open,
                    **NOWHERE,
                },
                language=language,
            )
            for state, is_open, language in [
                ("closed", False, "en"),
                ("open", True, "en"),
                ("open, its own words in Spanish", True, "es"),
            ]
        ],
    ),
    Section(
        "Fields",
        "A hint stands before the control, an error before it too, with an icon and a word. "
        "What may be left out says so.",
        [
            *fields("field", *SIMPLE, form=empty_form, state="empty"),
            *fields("field", "name", "visit", "how", form=wrong_form, state="with an error"),
            *fields("field", *SIMPLE[:2], "visit", "agrees", form=disabled_form, state="disabled"),
            Specimen("field", "in Spanish", lambda: {"field": wrong_form()["reason"]}, "es"),
            Specimen("field", "right to left", {"field": wrong_form()["name"]}, direction="rtl"),
            Specimen("field", "at the desk", {"field": empty_form()["name"]}, look="desk"),
            *fields("date_of_birth", "born_on", form=empty_form, state="empty"),
            *fields("date_of_birth", "born_on", form=wrong_form, state="with an error"),
            Specimen(
                "date_of_birth", "in Spanish", lambda: {"field": empty_form()["born_on"]}, "es"
            ),
            *fields("phone", "phone", form=empty_form, state="empty"),
            *fields("phone", "phone", form=wrong_form, state="with an error"),
            *fields("code_input", "code", form=empty_form, state="empty"),
            *fields("code_input", "code", form=wrong_form, state="with an error"),
            Specimen("field_label", "alone", {"field": empty_form()["nickname"]}),
            Specimen("field_hint", "alone", {"field": empty_form()["name"]}),
            Specimen("field_error", "alone", lambda: {"field": wrong_form()["name"]}, "es"),
        ],
    ),
    Section(
        "Choice cards",
        "For few choices that deserve a word each. The whole card can be pressed.",
        [
            Specimen(
                "choice_cards",
                "two columns, one disabled",
                {"name": "where", "legend": "Where?", "options": options(), "columns": 2},
            ),
            Specimen(
                "choice_cards",
                "with an error",
                {"name": "w2", "legend": "Where?", "options": options(), "error": "Choose one."},
            ),
            Specimen(
                "choice_cards",
                "several",
                {"name": "w3", "legend": "What?", "options": options(), "type": "checkbox"},
                look="narrow",
            ),
            *fields("choice_cards", "how", form=empty_form, state="a field's own"),
            *fields("choice_cards", "how", form=wrong_form, state="a field with an error"),
        ],
    ),
    Section(
        "Error summary and whole forms",
        "First on the page, takes focus, and leads into each field.",
        [
            Specimen("error_summary", "a form's errors", lambda: {"form": wrong_form()}),
            Specimen("error_summary", "in Spanish", lambda: {"form": wrong_form()}, "es"),
            Specimen("form_fields", "every field of a form", {"form": plain_form()}, look="narrow"),
        ],
    ),
]
