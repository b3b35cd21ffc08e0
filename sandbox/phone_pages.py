"""Phones in the browser: read texts, follow links, answer, take calls, press keys."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.calls import Call
from sandbox.line import WrongMoment
from sandbox.messages import E164
from sandbox.replies import BadReply
from sandbox.state import Sandbox, sandbox_of
from sandbox.threads import call_words
from sandbox.web import back_to, field, render

SIDE_LIST = 12
QUICK_REPLIES = ("1", "2", "3", "STOP")
KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")

_ACTIONS: dict[str, Callable[[Sandbox, str], Awaitable[Call]]] = {
    "answer": lambda sandbox, sid: sandbox.line.answer(sid),
    "voicemail": lambda sandbox, sid: sandbox.line.voicemail(sid),
    "silence": lambda sandbox, sid: sandbox.line.stay_silent(sid),
}
_ENDINGS = {"busy": "busy", "no-answer": "no-answer", "hangup": "completed"}


def _number(request: Request) -> str:
    number: str = request.path_params["number"]
    if not E164.fullmatch(number):
        raise HTTPException(404, f"{number} is not a phone number.")
    return number


async def phones(request: Request) -> Response:
    """GET the list of phones."""
    return render(request, "phones.html", phones=sandbox_of(request).threads.phones())


async def open_phone(request: Request) -> Response:
    """GET with ?number=: go to any phone, even one that got nothing yet."""
    typed = request.query_params.get("number", "")
    digits = "".join(character for character in typed if character.isdigit())
    if not typed.strip().startswith("+") and len(digits) == 10:
        digits = f"1{digits}"
    if not E164.fullmatch(f"+{digits}"):
        raise HTTPException(422, "A phone number looks like +1 202 555 0123.")
    return back_to(f"/phones/+{digits}/")


def _phone(request: Request, *, status: int = 200, draft: str = "", problem: str = "") -> Response:
    sandbox, number = sandbox_of(request), _number(request)
    open_calls: list[dict[str, Any]] = [
        {"call": call, "lines": sandbox.calls.utterances(call.sid), "asks": _asks(call)}
        for call in sandbox.threads.open_calls(number)
    ]
    thread = sandbox.threads.thread(number)
    sandbox.threads.mark_seen(number)
    return render(
        request,
        "phone.html",
        status=status,
        number=number,
        thread=thread,
        phones=sandbox.threads.phones(SIDE_LIST),
        open_calls=open_calls,
        clinic=sandbox.messages.last_clinic_number(number),
        quick_replies=QUICK_REPLIES,
        keys=KEYS,
        call_words=call_words,
        draft=draft,
        problem=problem,
    )


def _asks(call: Call) -> bool:
    return call.live and bool(call.line.get("gather"))


async def phone(request: Request) -> Response:
    """GET one phone. Looking at it marks its texts as seen."""
    return _phone(request)


async def reply(request: Request) -> Response:
    """POST a text from this phone."""
    form = await request.form()
    body = field(form, "quick") or field(form, "body")
    try:
        sent = await sandbox_of(request).replies.send(
            patient=_number(request), clinic=field(form, "clinic") or None, body=body
        )
    except BadReply:
        return _phone(request, status=422, draft=body, problem="Write a text and say to whom.")
    if not sent.delivered:
        said = f"said {sent.answer}" if sent.answer else "has not answered yet"
        return _phone(request, problem=f"Sent. The app {said}; the sandbox keeps trying.")
    return back_to(f"/phones/{_number(request)}/")


async def on_call(request: Request) -> Response:
    """POST what the person does with a call."""
    sandbox, number = sandbox_of(request), _number(request)
    sid, action = request.path_params["sid"], request.path_params["action"]
    try:
        if action == "press":
            await sandbox.line.press(sid, field(await request.form(), "digits"))
        elif action in _ENDINGS:
            sandbox.line.finish(sid, _ENDINGS[action])
        elif action in _ACTIONS:
            await _ACTIONS[action](sandbox, sid)
        else:
            raise HTTPException(404, "A phone cannot do that.")
    except KeyError:
        raise HTTPException(404, "There is no such call.") from None
    except (WrongMoment, ValueError) as error:
        return _phone(request, status=409, problem=str(error))
    return back_to(f"/phones/{number}/")


routes = [
    Route("/phones/", phones),
    Route("/phones/open", open_phone),
    Route("/phones/{number}/", phone, methods=["GET"]),
    Route("/phones/{number}/", reply, methods=["POST"]),
    Route("/phones/{number}/calls/{sid}/{action}", on_call, methods=["POST"]),
]
