"""The kinds of visit. Pure."""

from collections.abc import Sequence

from scheduling.clinic_file.rules.questions import questions
from scheduling.clinic_file.rules.specs import VisitTypeSpec
from scheduling.clinic_file.rules.tables import Table
from scheduling.clinic_file.rules.working_hours import MODES

DAY_IN_MINUTES = 24 * 60
YEAR_IN_MINUTES = 366 * DAY_IN_MINUTES
WORDS_LENGTH = 2000


def visit_types(top: Table, languages: Sequence[str]) -> tuple[VisitTypeSpec, ...]:
    """Every kind of visit, in the order in which patients see them."""
    return tuple(
        _visit_type(slug, table, languages, position)
        for position, (slug, table) in enumerate(top.named_tables("visit_types", "visit type"))
    )


def _visit_type(slug: str, table: Table, languages: Sequence[str], position: int) -> VisitTypeSpec:
    low, high = table.price("price")
    return VisitTypeSpec(
        line=table.line,
        slug=slug,
        names=table.words("names", languages, most=200),
        descriptions=table.words("descriptions", languages, most=WORDS_LENGTH, required=False),
        preparations=table.words("preparations", languages, most=WORDS_LENGTH, required=False),
        minutes=table.whole("minutes", least=1, most=DAY_IN_MINUTES // 2),
        buffer_before=table.whole("buffer_before", least=0, most=240, default=0),
        buffer_after=table.whole("buffer_after", least=0, most=240, default=0),
        slot_step=table.whole("slot_step", least=1, most=DAY_IN_MINUTES, default=15),
        price_low=low,
        price_high=high,
        minimum_notice=table.whole("minimum_notice", least=0, most=YEAR_IN_MINUTES, default=60),
        horizon_days=table.whole("horizon_days", least=1, most=730, default=180),
        latest_change=table.whole("latest_change", least=0, most=YEAR_IN_MINUTES, default=120),
        group=table.flag("group", default=False),
        modes=table.mentions("modes", "a way of meeting", MODES, required=False) or ("in_person",),
        needs=tuple(category for _, category in table.texts("needs", required=False)),
        daily_cap=table.whole_if_any("daily_cap", least=1, most=500),
        series_most=table.whole_if_any("series_most", least=2, most=30),
        no_shows_allowed=table.whole_if_any("no_shows_allowed", least=1, most=50),
        questions=questions(table, languages),
        position=position,
    )
