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


class Audience(Enum):
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

Rule = Audience | frozenset[Role]

ROUTES: dict[str, Rule] = {
    "home": Audience.ANYONE,
    "healthz": Audience.ANYONE,
    "readyz": Audience.ANYONE,
    # The secret in its address says who asks.
    "feed": Audience.ANYONE,
    "set_language": Audience.ANYONE,
    # Nothing on it is anybody's. In production it is a tool of the house all the same.
    "styleguide": ALL_STAFF if settings.PRODUCTION else Audience.ANYONE,
    # Patients
    "portal:times": Audience.ANYONE,
    "portal:questions": Audience.ANYONE,
    "portal:call_me": Audience.PATIENT,
    "portal:hold": Audience.ANYONE,
    "portal:details": Audience.ANYONE,
    "portal:code": Audience.ANYONE,
    "portal:review": Audience.PATIENT,
    "portal:booked": Audience.PATIENT,
    "portal:release": Audience.ANYONE,
    "portal:extend": Audience.ANYONE,
    "portal:sign_in": Audience.ANYONE,
    "portal:sign_in_code": Audience.ANYONE,
    "portal:sign_out": Audience.ANYONE,
    "portal:newcomer": Audience.ANYONE,
    "portal:newcomer_code": Audience.ANYONE,
    "portal:you": Audience.PATIENT,
    "portal:name": Audience.PATIENT,
    "portal:calendar_feed": Audience.PATIENT,
    "portal:coverage": Audience.PATIENT,
    "portal:estimate": Audience.PATIENT,
    "portal:email": Audience.PATIENT,
    "portal:email_code": Audience.PATIENT,
    "portal:appointments": Audience.PATIENT,
    "portal:appointment": Audience.PATIENT,
    "portal:move": Audience.PATIENT,
    "portal:cancel": Audience.PATIENT,
    "portal:undo": Audience.PATIENT,
    "portal:call_about": Audience.PATIENT,
    "portal:calendar_file": Audience.PATIENT,
    "portal:join": Audience.PATIENT,
    "portal:switch": Audience.PATIENT,
    "portal:visit_link": Audience.ANYONE,
    "portal:plan_series": Audience.PATIENT,
    "portal:series": Audience.PATIENT,
    "portal:add_to_series": Audience.PATIENT,
    "portal:cancel_series": Audience.PATIENT,
    "portal:move_series": Audience.PATIENT,
    "portal:undo_series": Audience.PATIENT,
    "portal:together": Audience.PATIENT,
    "portal:add_person": Audience.PATIENT,
    "portal:join_waitlist": Audience.PATIENT,
    "portal:sooner": Audience.PATIENT,
    "portal:leave_waitlist": Audience.PATIENT,
    "portal:offer": Audience.PATIENT,
    "portal:offer_link": Audience.ANYONE,
    "portal:manifest": Audience.ANYONE,
    "portal:worker": Audience.ANYONE,
    "portal:offline": Audience.ANYONE,
    "feedback:survey": Audience.ANYONE,
    "feedback:thanks": Audience.ANYONE,
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
    "messaging:status": Audience.PROVIDER,
    "messaging:voice": Audience.PROVIDER,
    "messaging:voice_key": Audience.PROVIDER,
    "inbound_sms": Audience.PROVIDER,
    # API
    "api:schema": Audience.ANYONE,
    "api:docs": Audience.ANYONE,
    "api:visit-types": Audience.ANYONE,
    "api:visit-type-questions": Audience.ANYONE,
    "api:sites": Audience.ANYONE,
    "api:slots": Audience.ANYONE,
    "api:holds": Audience.ANYONE,
    "api:hold": Audience.ANYONE,
    "api:hold-extend": Audience.ANYONE,
    "api:call-me": Audience.PATIENT,
    "api:plans": Audience.ANYONE,
    "api:price": Audience.ANYONE,
    "api:coverage": Audience.PATIENT,
    "api:appointment-estimate": Audience.PATIENT,
    "api:people": Audience.PATIENT,
    "api:appointments": Audience.PATIENT,
    "api:appointment": Audience.PATIENT,
    "api:appointment-move": Audience.PATIENT,
    "api:appointment-join": Audience.PATIENT,
    "api:appointment-switch": Audience.PATIENT,
    "api:appointment-confirm": Audience.PATIENT,
    "api:appointment-cancel": Audience.PATIENT,
    "api:appointment-undo": Audience.PATIENT,
    "api:appointment-call-me": Audience.PATIENT,
    "api:calendar-feed": Audience.PATIENT,
    "api:series-list": Audience.PATIENT,
    "api:series-plan": Audience.PATIENT,
    "api:series": Audience.PATIENT,
    "api:series-cancel-rest": Audience.PATIENT,
    "api:series-move-rest": Audience.PATIENT,
    "api:series-plan-move": Audience.PATIENT,
    "api:series-undo": Audience.PATIENT,
    "api:together": Audience.PATIENT,
    "api:together-plan": Audience.PATIENT,
    "api:waitlist": Audience.PATIENT,
    "api:waitlist-entry": Audience.PATIENT,
    "api:waitlist-offers": Audience.PATIENT,
    "api:waitlist-accept": Audience.PATIENT,
    "api:waitlist-decline": Audience.PATIENT,
    # Staff sign-in (django-allauth)
    "account_login": Audience.ANYONE,
    "account_logout": Audience.ANYONE,
    "account_signup": Audience.ANYONE,
    "account_inactive": Audience.ANYONE,
    "account_reauthenticate": Audience.SIGNED_IN,
    "account_change_password": ALL_STAFF,
    "account_set_password": ALL_STAFF,
    "mfa_authenticate": Audience.ANYONE,
    "mfa_reauthenticate": Audience.SIGNED_IN,
    "mfa_index": Audience.SIGNED_IN,
    "mfa_activate_totp": Audience.SIGNED_IN,
    "mfa_deactivate_totp": ALL_STAFF,
    "mfa_generate_recovery_codes": Audience.SIGNED_IN,
    "mfa_view_recovery_codes": Audience.SIGNED_IN,
    "mfa_download_recovery_codes": Audience.SIGNED_IN,
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
    if rule in (Audience.ANYONE, Audience.PROVIDER):
        return None
    if not request.user.is_authenticated:
        return _ask_to_sign_in(request, view_name, staff=isinstance(rule, frozenset))
    if isinstance(rule, Audience):
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
