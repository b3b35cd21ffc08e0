"""What patients say to find the right visit, and of paying for it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people.models import Coverage
from people.services.coverage import Paying
from scheduling.models import Plan

UNKNOWN, SELF_PAY, OTHER_PLAN, PLAN = "unknown", "self_pay", "other", "plan:"


class PaysField(forms.ChoiceField):
    """How somebody pays: by one of the plans that are taken, by another, themselves; or unknown.

    ``paying_of`` says what was chosen.
    """

    def __init__(self, *, plans: Sequence[Plan]) -> None:
        insurance = [(f"{PLAN}{plan.slug}", plan.name) for plan in plans]
        super().__init__(
            label=_("How will you pay?"),
            help_text=_("We show you the price before you book."),
            choices=[
                (UNKNOWN, _("I do not know yet")),
                (SELF_PAY, _("I pay myself")),
                (_("Insurance"), [*insurance, (OTHER_PLAN, _("Another plan"))]),
            ],
        )


def paying_of(pays: str) -> Paying:
    """What was chosen in a ``PaysField``."""
    if pays == SELF_PAY:
        return Paying(Coverage.Kind.SELF_PAY)
    if pays == UNKNOWN:
        return Paying()
    return Paying(Coverage.Kind.INSURANCE, pays.removeprefix(PLAN) if pays != OTHER_PLAN else "")


def pays_of(coverage: Coverage | None, plans: Sequence[Plan]) -> str:
    """What to choose in a ``PaysField`` for what is known already."""
    if coverage is None:
        return UNKNOWN
    if coverage.kind == Coverage.Kind.SELF_PAY:
        return SELF_PAY
    taken = coverage.plan in {plan.slug for plan in plans}
    return f"{PLAN}{coverage.plan}" if taken else OTHER_PLAN


class CoverageForm(forms.Form):
    """How somebody pays, with what stands on the card; ``paying`` is what was said."""

    plan_name = forms.CharField(
        label=_("Name of another plan"),
        help_text=_("Only if your plan is not in the list."),
        max_length=100,
        required=False,
    )
    subscriber_id = forms.CharField(
        label=_("Member number"),
        help_text=_("It is on your insurance card."),
        max_length=40,
        required=False,
    )
    field_order = ["pays", "plan_name", "subscriber_id"]

    def __init__(self, *args: Any, plans: Sequence[Plan], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pays"] = PaysField(plans=plans)
        self.order_fields(self.field_order)

    @property
    def paying(self) -> Paying:
        said = self.cleaned_data
        paying = paying_of(said["pays"])
        if paying.kind != Coverage.Kind.INSURANCE:
            return paying
        other = "" if paying.plan else said["plan_name"].strip()
        return replace(paying, plan_name=other, subscriber_id=said["subscriber_id"].strip())
