"""What to do instead of booking, when the answers are urgent."""

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from scheduling.triage.rules import CALL, EMERGENCY, TODAY

# What to do instead of booking, by urgency: in a few words, and in full.
ADVICE: dict[str, tuple[StrPromise, StrPromise]] = {
    EMERGENCY: (
        _("Call 911 now"),
        _(
            "This may be an emergency. Do not wait for a visit. Call 911, or go to the nearest "
            "emergency room. Do not drive if you feel ill. Ask someone to take you."
        ),
    ),
    TODAY: (
        _("Please get care today"),
        _(
            "This should not wait for a visit. Go to an urgent care center or an emergency room "
            "today. If it gets worse, call 911."
        ),
    ),
    CALL: (
        _("Please call us first"),
        _(
            "Talk with us before you book. We will find out together what is best for you. If "
            "you feel worse and cannot reach us, go to urgent care today."
        ),
    ),
}
