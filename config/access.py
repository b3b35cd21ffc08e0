"""Who may reach which route. What is not named here cannot be reached, and fails a test."""

from enum import Enum
from urllib.parse import urlencode

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from config.problems import problem
from people.models import StaffRole
from people.selectors import roles_of


class Who(Enum):
    ANYONE = "anyone"
    PATIENT = "patient"  # signed in; the view shows only those they act for
    SIGNED_IN = "signed in"
    PROVIDER = "provider"  # the view checks the provider's signature


Role = StaffRole.Role
DESK = frozenset({Role.FRONT_DESK, Role.ADMINISTRATOR})
CLINIC = frozenset({Role.CLINICIAN, Role.ADMINISTRATOR})
# Those who have a list of what to do.
CENTER = frozenset({Role.FRONT_DESK, Role.AGENT, Role.MANAGER, Role.ADMINISTRATOR})
# Those who speak with patients about a visit.
FINDERS = frozenset({Role.FRONT_DESK, Role.AGENT, Role.CLINICIAN, Role.ADMINISTRATOR})
# Those who book for somebody on the phone, and hand over what it will cost.
BOOKERS = frozenset({Role.FRONT_DESK, Role.AGENT, Role.ADMINISTRATOR})
MANAGEMENT = frozenset({Role.MANAGER, Role.ADMINISTRATOR})
ADMINISTRATION = frozenset({Role.ADMINISTRATOR})
ALL_STAFF = frozenset(Role)

Rule = Who | frozenset[Role]

ROUTES: dict[str, Rule] = {
    "home": Who.ANYONE,
    "healthz": Who.ANYONE,
    "readyz": Who.ANYONE,
    # The secret in its address says who asks.
    "feed": Who.ANYONE,
    "set_language": Who.ANYONE,
    # Nothing on it is anybody's. In production it is a tool of the house all the same.
    "styleguide": ALL_STAFF if settings.PRODUCTION else Who.ANYONE,
    # Patients
    "portal:times": Who.ANYONE,
    "portal:questions": Who.ANYONE,
    "portal:call_me": Who.PATIENT,
    "portal:hold": Who.ANYONE,
    "portal:details": Who.ANYONE,
    "portal:code": Who.ANYONE,
    "portal:review": Who.PATIENT,
    "portal:booked": Who.PATIENT,
    "portal:release": Who.ANYONE,
    "portal:extend": Who.ANYONE,
    "portal:sign_in": Who.ANYONE,
    "portal:sign_in_code": Who.ANYONE,
    "portal:sign_out": Who.ANYONE,
    "portal:newcomer": Who.ANYONE,
    "portal:newcomer_code": Who.ANYONE,
    "portal:you": Who.PATIENT,
    "portal:name": Who.PATIENT,
    "portal:calendar_feed": Who.PATIENT,
    "portal:coverage": Who.PATIENT,
    "portal:estimate": Who.PATIENT,
    "portal:email": Who.PATIENT,
    "portal:email_code": Who.PATIENT,
    "portal:appointments": Who.PATIENT,
    "portal:appointment": Who.PATIENT,
    "portal:move": Who.PATIENT,
    "portal:cancel": Who.PATIENT,
    "portal:undo": Who.PATIENT,
    "portal:call_about": Who.PATIENT,
    "portal:calendar_file": Who.PATIENT,
    "portal:join": Who.PATIENT,
    "portal:switch": Who.PATIENT,
    "portal:visit_link": Who.ANYONE,
    "portal:plan_series": Who.PATIENT,
    "portal:series": Who.PATIENT,
    "portal:add_to_series": Who.PATIENT,
    "portal:cancel_series": Who.PATIENT,
    "portal:move_series": Who.PATIENT,
    "portal:undo_series": Who.PATIENT,
    "portal:together": Who.PATIENT,
    "portal:add_person": Who.PATIENT,
    "portal:join_waitlist": Who.PATIENT,
    "portal:sooner": Who.PATIENT,
    "portal:leave_waitlist": Who.PATIENT,
    "portal:offer": Who.PATIENT,
    "portal:offer_link": Who.ANYONE,
    "portal:manifest": Who.ANYONE,
    "portal:worker": Who.ANYONE,
    "portal:offline": Who.ANYONE,
    "feedback:survey": Who.ANYONE,
    "feedback:thanks": Who.ANYONE,
    # Staff
    "desk:home": ALL_STAFF,
    "checkin:arrivals": DESK,
    "checkin:patient": DESK,
    "checkin:check_in": DESK,
    "checkin:no_show": DESK,
    "estimates:queue": BOOKERS,
    "estimates:estimate": BOOKERS,
    "calendar:day": DESK,
    "calendar:site_week": DESK,
    "calendar:week": DESK,
    "calendar:move": BOOKERS,
    "calendar:cancel": BOOKERS,
    "calendar:book": DESK,
    "calendar:new_patient": BOOKERS,
    "calendar:wait": BOOKERS,
    "calendar:sooner": BOOKERS,
    "calendar:waitlist": BOOKERS,
    "calendar:take_off": BOOKERS,
    "calendar:moving_in": ADMINISTRATION,
    "calendar:visits_file": ADMINISTRATION,
    "calendar:priority": FINDERS,
    "calendar:find_time": BOOKERS,
    "calendar:held": BOOKERS,
    "calendar:block": DESK,
    "calendar:unblock": DESK,
    "calendar:absence": DESK,
    "calendar:back_again": DESK,
    "calendar:feed": CLINIC,
    "checkin:my_day": CLINIC,
    "checkin:call_in": CLINIC,
    "followups:write_summary": CLINIC,
    "dashboards:feedback": MANAGEMENT,
    "dashboards:answers_file": MANAGEMENT,
    "contactcenter:find": FINDERS,
    "contactcenter:person": FINDERS,
    "contactcenter:worklist": CENTER,
    "contactcenter:task": CENTER,
    # Machines
    "messaging:status": Who.PROVIDER,
    "messaging:voice": Who.PROVIDER,
    "messaging:voice_key": Who.PROVIDER,
    "inbound_sms": Who.PROVIDER,
    # API
    "api:schema": Who.ANYONE,
    "api:docs": Who.ANYONE,
    "api:visit-types": Who.ANYONE,
    "api:visit-type-questions": Who.ANYONE,
    "api:sites": Who.ANYONE,
    "api:slots": Who.ANYONE,
    "api:holds": Who.ANYONE,
    "api:hold": Who.ANYONE,
    "api:hold-extend": Who.ANYONE,
    "api:call-me": Who.PATIENT,
    "api:plans": Who.ANYONE,
    "api:price": Who.ANYONE,
    "api:coverage": Who.PATIENT,
    "api:appointment-estimate": Who.PATIENT,
    "api:people": Who.PATIENT,
    "api:appointments": Who.PATIENT,
    "api:appointment": Who.PATIENT,
    "api:appointment-move": Who.PATIENT,
    "api:appointment-join": Who.PATIENT,
    "api:appointment-switch": Who.PATIENT,
    "api:appointment-confirm": Who.PATIENT,
    "api:appointment-cancel": Who.PATIENT,
    "api:appointment-undo": Who.PATIENT,
    "api:appointment-call-me": Who.PATIENT,
    "api:calendar-feed": Who.PATIENT,
    "api:series-list": Who.PATIENT,
    "api:series-plan": Who.PATIENT,
    "api:series": Who.PATIENT,
    "api:series-cancel-rest": Who.PATIENT,
    "api:series-move-rest": Who.PATIENT,
    "api:series-plan-move": Who.PATIENT,
    "api:series-undo": Who.PATIENT,
    "api:together": Who.PATIENT,
    "api:together-plan": Who.PATIENT,
    "api:waitlist": Who.PATIENT,
    "api:waitlist-entry": Who.PATIENT,
    "api:waitlist-offers": Who.PATIENT,
    "api:waitlist-accept": Who.PATIENT,
    "api:waitlist-decline": Who.PATIENT,
    # Staff sign-in (django-allauth)
    "account_login": Who.ANYONE,
    "account_logout": Who.ANYONE,
    "account_signup": Who.ANYONE,
    "account_inactive": Who.ANYONE,
    "account_reauthenticate": Who.SIGNED_IN,
    "account_change_password": ALL_STAFF,
    "account_set_password": ALL_STAFF,
    "mfa_authenticate": Who.ANYONE,
    "mfa_reauthenticate": Who.SIGNED_IN,
    "mfa_index": Who.SIGNED_IN,
    "mfa_activate_totp": Who.SIGNED_IN,
    "mfa_deactivate_totp": ALL_STAFF,
    "mfa_generate_recovery_codes": Who.SIGNED_IN,
    "mfa_view_recovery_codes": Who.SIGNED_IN,
    "mfa_download_recovery_codes": Who.SIGNED_IN,
}
NAMESPACES: dict[str, Rule] = {"admin": ADMINISTRATION}


def rule_for(view_name: str) -> Rule | None:
    """The rule of a route; None when no table names it."""
    return ROUTES.get(view_name) or NAMESPACES.get(view_name.partition(":")[0])


def refusal(request: HttpRequest, view_name: str) -> HttpResponseBase | None:
    """None when this account may go on; otherwise what it gets instead.

    Raises Http404 for what it may not even know to exist.
    """
    rule = rule_for(view_name)
    if rule is None:
        raise Http404
    if rule in (Who.ANYONE, Who.PROVIDER):
        return None
    if not request.user.is_authenticated:
        return _ask_to_sign_in(request, view_name, staff=isinstance(rule, frozenset))
    if isinstance(rule, Who):
        return None
    if not rule & roles_of(request.user):
        raise Http404
    if not is_mfa_enabled(request.user):
        return HttpResponseRedirect(reverse("mfa_activate_totp"))
    return None


def _ask_to_sign_in(request: HttpRequest, view_name: str, *, staff: bool) -> HttpResponseBase:
    if view_name.startswith("api:"):
        return problem(401, "sign_in_first", _("Please sign in first."))
    door = settings.LOGIN_URL if staff or view_name.startswith("mfa_") else "portal:sign_in"
    return HttpResponseRedirect(f"{reverse(door)}?{urlencode({'next': request.get_full_path()})}")
