"""How a browser proves that it has answered the questions of a visit type."""

from datetime import UTC, datetime, timedelta

from django.core.signing import BadSignature, Signer
from django.http import HttpRequest

from infrastructure.hashed_secrets import keyed_hash
from people.browsers import browser_secret
from scheduling.models import VisitType
from scheduling.triage.session import kept_outcome

GOOD_FOR = timedelta(hours=2)
SALT = "scheduling.questions"


def answered_token(request: HttpRequest, visit_type: VisitType, *, now: datetime) -> str:
    """Says that this browser may look for a time of this kind, for two hours.

    It tells nothing of the answers.
    """
    browser = keyed_hash(browser_secret(request))
    said = {"visit_type": visit_type.slug, "browser": browser, "at": int(now.timestamp())}
    return Signer(salt=SALT).sign_object(said, compress=False)


def has_answered(
    request: HttpRequest, visit_type: VisitType, *, now: datetime, token: str = ""
) -> bool:
    """Whether this browser may look for a time: there are no questions, or it proves its answers.

    It does so by ``token``, or by what its session keeps.
    """
    if not visit_type.questions:
        return True
    shown = token or kept_outcome(request, visit_type.slug, now=now).token
    try:
        said = Signer(salt=SALT).unsign_object(shown)
    except BadSignature:
        return False
    answered_at = datetime.fromtimestamp(said["at"], UTC)
    for_this = said["visit_type"] == visit_type.slug
    by_this = said["browser"] == keyed_hash(browser_secret(request))
    return for_this and by_this and now - GOOD_FOR < answered_at <= now
