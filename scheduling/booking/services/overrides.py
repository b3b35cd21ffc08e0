"""Who may decide against the rules, and what they must have seen and said.

Overriding takes the role of the front desk at that site, or an administrator's. Contact-center
agents and clinicians ask the desk: it is the desk that meets the people who then have to wait.
Nobody can override the past, or what is not there (a clinician who left, a session nobody holds).
"""

from dataclasses import dataclass

from people.models import StaffRole, User
from people.selectors import roles_of
from scheduling.appointments.selectors.appointments import sites_of_staff
from scheduling.booking.selectors.proposals import Conflict
from scheduling.booking.services.claims import InConflict
from scheduling.models import Site

MAY_OVERRIDE = frozenset({StaffRole.Role.FRONT_DESK, StaffRole.Role.ADMINISTRATOR})
# Late for the patient, who then calls us: whoever may move the visit may move it late.
TOO_LATE = Conflict("too_late")


class ReasonMissing(Exception):
    """Against the rules only with a reason."""


class MayNotOverride(Exception):
    """This account has not the role, or not at that site."""


@dataclass(frozen=True, slots=True)
class Override:
    """What somebody decides to have in spite of it: the keys of conflicts they saw, and why."""

    accepted: frozenset[str] = frozenset()
    reason: str = ""


NO_OVERRIDE = Override()


def may_override(user: User, site: Site) -> bool:
    """Whether this member of staff may book and move against the rules at a site."""
    return bool(MAY_OVERRIDE & roles_of(user)) and sites_of_staff(user).filter(pk=site.pk).exists()


def refuse_unless_overridden(
    conflicts: list[Conflict], override: Override, user: User, site: Site
) -> None:
    """Raise InConflict, MayNotOverride or ReasonMissing, unless all that was decided."""
    if not conflicts:
        return
    if any(each.final or each.key not in override.accepted for each in conflicts):
        raise InConflict(conflicts)
    if not may_override(user, site):
        raise MayNotOverride
    if not override.reason.strip():
        raise ReasonMissing
