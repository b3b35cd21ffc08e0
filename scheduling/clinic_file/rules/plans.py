"""The insurance plans that a clinic file says are taken, and what they change. Pure."""

from collections.abc import Sequence

from scheduling.clinic_file.rules.specs import PlanSpec
from scheduling.clinic_file.rules.tables import Table


def plans(top: Table, visit_types: Sequence[str]) -> tuple[PlanSpec, ...]:
    """``[plans.x]``, in the order of the file."""
    return tuple(
        _plan(slug, table, visit_types, position)
        for position, (slug, table) in enumerate(top.named_tables("plans", "plan", required=False))
    )


def _plan(slug: str, table: Table, visit_types: Sequence[str], position: int) -> PlanSpec:
    copay = table.price("copay") if table.has("copay") else None
    share = table.whole_if_any("share", least=0, most=100)
    if table.has("copay") == table.has("share"):
        table.report.wrong(table.line, f"{table.called} needs 'copay' or 'share', one of them.")
    if copay and copay[0] != copay[1]:
        table.wrong("copay", "a copay is one amount, such as 20.00.")
    return PlanSpec(
        slug=slug,
        name=table.text("name", most=100),
        copay=copay[0] if copay else None,
        share=share,
        in_full=table.mentions("in_full", "a visit type", visit_types, required=False),
        position=position,
    )
