"""What people read and look at."""

from config.styleguide.specimens import (
    AT,
    ICONS,
    LONG,
    TONES,
    UNBROKEN,
    ZONE,
    Section,
    Specimen,
    chart,
    page,
    said,
    table,
    timeline,
    visit,
)

TELLING = [
    Section(
        "Notices",
        "Never by color alone: a tone comes with an icon and a word.",
        [
            *(
                Specimen(
                    "notice",
                    tone,
                    {"title": "Do not eat for 8 hours", "text": "Water is fine.", "tone": tone},
                )
                for tone in ("info", "success", "warning", "danger")
            ),
            Specimen(
                "notice",
                "long words, a link",
                lambda: {"text": f"{UNBROKEN} {LONG}", "url": "#", "link_label": "Read more"},
                look="narrow",
            ),
            Specimen("notice", "right to left", {"text": "Water is fine."}, direction="rtl"),
            Specimen("notification", "after a press", said("SUCCESS", "INFO", "WARNING", "ERROR")),
            Specimen("reference", "on error pages", {"request_id": "3f2c91ab-0000"}),
            Specimen("reference", "in Spanish", {"request_id": "3f2c91ab-0000"}, "es"),
            *(Specimen("status_tag", tone, {"label": "Confirmed", "tone": tone}) for tone in TONES),
            Specimen("status_tag", "in a narrow place", {"label": LONG}, look="narrow"),
            Specimen("skeleton", "while loading", {"label": "Loading your visits"}),
            Specimen("skeleton", "in Spanish", {}, "es"),
            Specimen(
                "empty_state",
                "with a way on",
                {
                    "title": "No visits coming up",
                    "text": "When you book one, you find it here.",
                    "url": "#",
                    "link_label": "Book a visit",
                    "level": 3,
                },
            ),
            Specimen(
                "empty_state", "without", {"title": "No answers yet", "icon": "chart", "level": 3}
            ),
        ],
    ),
    Section(
        "The visit",
        "The one thing a patient came for: the day is torn off, the time is big.",
        [
            Specimen(
                "visit_card",
                "the next one",
                visit(
                    eyebrow="Your next visit",
                    tag_label="Confirmed",
                    tag_tone="success",
                    next_step="Do not eat for 8 hours before.",
                    directions_url="#",
                    actions=[
                        {"label": "Move", "url": "#"},
                        {"label": "Cancel", "url": "#", "kind": "quiet"},
                    ],
                ),
            ),
            Specimen("visit_card", "quiet: later or past", visit(quiet=1, url="#")),
            Specimen(
                "visit_card", "narrow", visit(tag_label="Booked", tag_tone="info"), look="narrow"
            ),
            Specimen("visit_card", "long words", visit(title=LONG, place=UNBROKEN), look="narrow"),
            Specimen(
                "visit_card",
                "little known",
                {
                    "title": "Blood test",
                    "visit": {"starts_at": AT, "time_zone": ZONE},
                    "level": 3,
                },
            ),
            Specimen(
                "visit_card", "in Spanish", visit(directions_url="#", next_step="No coma."), "es"
            ),
            Specimen("visit_card", "right to left", visit(), direction="rtl"),
            Specimen("when", "day and time", {"starts_at": AT, "time_zone": ZONE}),
            Specimen("when", "with the zone", {"starts_at": AT, "time_zone": ZONE, "show_zone": 1}),
            Specimen("when", "in Spanish", {"starts_at": AT, "time_zone": ZONE}, "es"),
            Specimen("time_slot", "free", {"starts_at": AT, "time_zone": ZONE, "value": "1"}),
            Specimen(
                "time_slot",
                "chosen, with a note",
                {
                    "starts_at": AT,
                    "time_zone": ZONE,
                    "value": "1",
                    "current": 1,
                    "note": "Dr. Raman",
                },
            ),
            Specimen(
                "time_slot",
                "gone",
                {"starts_at": AT, "time_zone": ZONE, "value": "1", "disabled": 1},
            ),
            Specimen(
                "countdown",
                "five minutes left",
                {
                    "until": AT,
                    "seconds": 300,
                    "label": "We hold this time for you:",
                    "over": "Time is up.",
                    "time_zone": ZONE,
                },
            ),
            Specimen("timeline", "done, now, to do", timeline()),
            Specimen("timeline", "its own words in Spanish", timeline(), "es"),
        ],
    ),
    Section(
        "Finding the way",
        "Where am I, what is next, how do I get back?",
        [
            Specimen(
                "page_header",
                "with everything",
                {
                    "title": "Choose a time",
                    "eyebrow": "Blood test",
                    "lead": "Times are Buffalo time.",
                    "back_url": "#",
                },
            ),
            Specimen("page_header", "in Spanish", {"title": "Citas", "back_url": "#"}, "es"),
            *(
                Specimen(
                    "progress_steps",
                    f"step {number} of 4",
                    {
                        "steps": ["Choose a time", "About you", "Your code", "Check and book"],
                        "current": number,
                    },
                    language=language,
                )
                for number, language in [(1, "en"), (3, "en"), (4, "es")]
            ),
            Specimen(
                "tabs",
                "with counts",
                {
                    "label": "Sites",
                    "items": [
                        {"label": "Buffalo", "url": "#", "current": True, "count": 12},
                        {"label": "Rochester", "url": "#", "count": 0},
                        {"label": LONG, "url": "#"},
                    ],
                },
            ),
            *(Specimen("pagination", f"page {number}", page(number)) for number in (1, 3, 5)),
            Specimen("pagination", "in Spanish", page(2), "es"),
            Specimen("language_switch", "to Spanish", {"csrf_token": "none", "next": "#"}),
            Specimen("language_switch", "to English", {"csrf_token": "none", "next": "#"}, "es"),
            Specimen("logo", "on paper", {}),
        ],
    ),
    Section(
        "Lists and tables",
        "A table becomes cards where it is narrow, by its own width.",
        [
            Specimen(
                "card",
                "a link",
                {
                    "title": "Blood test",
                    "text": "15 minutes",
                    "url": "#",
                    "icon": "drop",
                    "level": 3,
                },
            ),
            Specimen(
                "card",
                "with a button",
                {
                    "title": "Your notes",
                    "eyebrow": "New",
                    "url": "#",
                    "link_label": "Read them",
                    "level": 3,
                },
            ),
            Specimen(
                "card",
                "accent, long words",
                {"title": UNBROKEN, "text": LONG, "meta": "Today", "tone": "accent", "level": 3},
                look="narrow",
            ),
            Specimen(
                "summary_list",
                "to check",
                {
                    "items": [
                        {"term": "Name", "value": "Rosa Alvarez", "url": "#", "action": "Change"},
                        {"term": "Phone", "value": "(716) 555-0142", "note": "proven"},
                        {"term": "Kind", "value": f"{LONG} {UNBROKEN}"},
                    ]
                },
            ),
            Specimen("data_table", "wide", table(2), look="wide"),
            Specimen("data_table", "narrow", table(2), look="narrow"),
            Specimen("data_table", "empty", table(0)),
            Specimen("data_table", "empty, in Spanish", table(0), "es"),
            Specimen("data_table", "at the desk", table(2), look="desk"),
            Specimen(
                "table_cell", "with a note", {"cell": {"text": "Blood test", "note": "fasting"}}
            ),
        ],
    ),
    Section(
        "Charts",
        "A chart is a figure: its title says the finding, the table is behind it.",
        [
            Specimen("figure", "with answers", lambda: chart(_1=41, _2=20, _3=7, _4=3, _5=1, _6=4)),
            Specimen(
                "figure", "in Spanish, narrow", lambda: chart(_1=4, _5=1), "es", look="narrow"
            ),
            Specimen("figure", "without any", lambda: chart()),
        ],
    ),
    Section(
        "Icons",
        "Beside a word, and then silent; alone only with a label.",
        [Specimen("icon", name, {"name": name}) for name in ICONS],
    ),
]
