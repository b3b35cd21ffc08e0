"""Faults in the browser: make things go wrong, and see what the app was told."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.faults import ACTIONS, CHANNELS, BadFault
from sandbox.state import sandbox_of
from sandbox.web import back_to, field, render

CHANNEL_WORDS = {"sms": "Texts", "voice": "Calls", "email": "Mail"}
# The failures people ask for most, one press each: label, channel, action, times.
COMMON = (
    ("Next text: the answer is lost after acceptance", "sms", "reset_after_accept", 1),
    ("Next text: the phone cannot be reached", "sms", "undelivered", 1),
    ("Every text: the provider is down (500)", "sms", "http_500", None),
    ("Every text: no status callbacks", "sms", "no_callbacks", None),
    ("Next call: voicemail answers", "voice", "voicemail", 1),
    ("Next letter: refused for now (451)", "email", "smtp_temporary", 1),
)


def _page(request: Request, *, status: int = 200, problem: str = "") -> Response:
    sandbox = sandbox_of(request)
    choices = {
        channel: [(name, kind.label) for name, kind in ACTIONS.items() if channel in kind.channels]
        for channel in CHANNELS
    }
    return render(
        request,
        "faults.html",
        status=status,
        problem=problem,
        faults=sandbox.faults.active(),
        actions=ACTIONS,
        choices=choices,
        channel_words=CHANNEL_WORDS,
        common=COMMON,
        steps=sandbox.steps.recent_calls_home(20),
    )


async def faults(request: Request) -> Response:
    """GET the faults and the form for more."""
    return _page(request)


async def add(request: Request) -> Response:
    """POST one fault: fault=channel:action, or common=number of a common one."""
    form = await request.form()
    common = field(form, "common")
    if common.isdigit() and int(common) < len(COMMON):
        _, channel, action, times = COMMON[int(common)]
        wish = {"channel": channel, "action": action, "times": times}
    else:
        channel, _, action = field(form, "fault").partition(":")
        wish = {"channel": channel, "action": action}
        wish |= {name: field(form, name) for name in ("to", "times", "seconds", "code")}
    try:
        sandbox_of(request).faults.add(wish)
    except BadFault as error:
        return _page(request, status=422, problem=str(error))
    return back_to("/faults/")


async def remove(request: Request) -> Response:
    """POST: one fault (id=) or all of them happen no more."""
    chosen = field(await request.form(), "id")
    if chosen.isdigit():
        sandbox_of(request).faults.remove(int(chosen))
    else:
        sandbox_of(request).faults.clear()
    return back_to("/faults/")


routes = [
    Route("/faults/", faults, methods=["GET"]),
    Route("/faults/", add, methods=["POST"]),
    Route("/faults/remove", remove, methods=["POST"]),
]
