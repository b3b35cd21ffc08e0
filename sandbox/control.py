"""The control API: what tests and scripts ask of the sandbox, in JSON. No sign-in: it is local."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from json import JSONDecodeError
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.calls import Call
from sandbox.faults import BadFault
from sandbox.line import WrongMoment
from sandbox.replies import BadReply
from sandbox.state import sandbox_of
from sandbox.store import now

DEFAULT_LIMIT = 1000
MOST = 100_000


async def _json(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except (JSONDecodeError, UnicodeDecodeError):
        raise HTTPException(422, "The body must be JSON.") from None
    if not isinstance(body, dict):
        raise HTTPException(422, "The body must be a JSON object.")
    return body


def _limit(request: Request) -> int:
    try:
        return min(max(int(request.query_params.get("limit", DEFAULT_LIMIT)), 1), MOST)
    except ValueError:
        raise HTTPException(422, "limit must be a number.") from None


async def health(request: Request) -> Response:
    """GET: alive, and how many callbacks the app has not answered yet."""
    sandbox = sandbox_of(request)
    return JSONResponse({"status": "ok", "pending_callbacks": sandbox.steps.pending_count()})


async def faults(request: Request) -> Response:
    """GET the active faults, POST one more, DELETE them all."""
    sandbox = sandbox_of(request)
    if request.method == "DELETE":
        sandbox.faults.clear()
    elif request.method == "POST":
        try:
            fault = sandbox.faults.add(await _json(request))
        except BadFault as error:
            raise HTTPException(422, str(error)) from error
        return JSONResponse(fault.as_json(), 201)
    return JSONResponse([fault.as_json() for fault in sandbox.faults.active()])


async def messages(request: Request) -> Response:
    """GET texts, newest first. `direction` may be inbound, outbound, or Twilio's exact word."""
    query = request.query_params
    found = sandbox_of(request).messages.listed(
        to=query.get("to"),
        sender=query.get("from"),
        direction=query.get("direction"),
        limit=_limit(request),
    )
    return JSONResponse([message.as_control_json() for message in found])


async def emails(request: Request) -> Response:
    """GET letters, newest first."""
    query = request.query_params
    found = sandbox_of(request).letters.listed(to=query.get("to"), limit=_limit(request))
    return JSONResponse([letter.as_control_json() for letter in found])


async def calls(request: Request) -> Response:
    """GET calls, newest first, with what was said."""
    sandbox, query = sandbox_of(request), request.query_params
    found = sandbox.calls.listed(
        to=query.get("to"), status=query.get("status"), limit=_limit(request)
    )
    return JSONResponse([sandbox.calls.as_control_json(call) for call in found])


async def reply(request: Request) -> Response:
    """POST a text from a patient."""
    body = await _json(request)
    try:
        sent = await sandbox_of(request).replies.send(
            patient=str(body.get("from") or ""),
            clinic=body.get("to") or None,
            body=str(body.get("body") or ""),
        )
    except BadReply as error:
        raise HTTPException(422, str(error)) from error
    return JSONResponse({"sid": sent.sid, "delivered": sent.delivered, "answer": sent.answer}, 201)


def _on_call(act: Callable[[Request, str], Awaitable[Call]]) -> Route:
    async def endpoint(request: Request) -> Response:
        sid = request.path_params["sid"]
        try:
            call = await act(request, sid)
        except KeyError:
            raise HTTPException(404, "There is no such call.") from None
        except WrongMoment as error:
            raise HTTPException(409, str(error)) from error
        except ValueError as error:
            raise HTTPException(422, str(error)) from error
        return JSONResponse(sandbox_of(request).calls.as_control_json(call))

    name = act.__name__.strip("_").replace("_", "-")
    return Route(f"/control/calls/{{sid}}/{name}", endpoint, methods=["POST"])


async def _answer(request: Request, sid: str) -> Call:
    return await sandbox_of(request).line.answer(sid)


async def _voicemail(request: Request, sid: str) -> Call:
    return await sandbox_of(request).line.voicemail(sid)


async def _silence(request: Request, sid: str) -> Call:
    return await sandbox_of(request).line.stay_silent(sid)


async def _press(request: Request, sid: str) -> Call:
    digits = str((await _json(request)).get("digits") or "")
    return await sandbox_of(request).line.press(sid, digits)


async def _busy(request: Request, sid: str) -> Call:
    return sandbox_of(request).line.finish(sid, "busy")


async def _no_answer(request: Request, sid: str) -> Call:
    return sandbox_of(request).line.finish(sid, "no-answer")


async def _hangup(request: Request, sid: str) -> Call:
    return sandbox_of(request).line.finish(sid, "completed")


async def clock(request: Request) -> Response:
    """GET the demo's time; POST {"offset_seconds"} or {"advance_seconds"} or {"at": ISO}."""
    demo = sandbox_of(request).clock
    if request.method == "POST":
        body = await _json(request)
        try:
            demo.set_offset(_wanted_offset(body, demo.offset()))
        except (TypeError, ValueError):
            raise HTTPException(422, "Give offset_seconds, advance_seconds or at.") from None
        except RuntimeError as error:
            raise HTTPException(409, str(error)) from error
    return JSONResponse(
        {
            "offset_seconds": demo.offset(),
            "now": datetime.fromtimestamp(demo.now(), UTC).isoformat(),
        }
    )


def _wanted_offset(body: dict[str, Any], current: float) -> float:
    if "at" in body:
        at = datetime.fromisoformat(str(body["at"]))
        if at.tzinfo is None:
            raise ValueError("a time without a zone")
        return at.timestamp() - now()
    if "advance_seconds" in body:
        return current + float(body["advance_seconds"])
    return float(body.get("offset_seconds", "missing"))


async def callbacks(request: Request) -> Response:
    """GET what the app was told lately and what it answered, newest first."""
    return JSONResponse(
        [
            {
                "subject": step.subject,
                "kind": step.kind,
                "status": step.status,
                "state": step.state,
                "attempts": step.attempts,
                "answer": step.answer,
            }
            for step in sandbox_of(request).steps.recent_calls_home(_limit(request))
        ]
    )


async def reset(request: Request) -> Response:
    """POST: forget everything but the clock."""
    await sandbox_of(request).reset()
    return JSONResponse({"status": "reset"})


routes = [
    Route("/control/health", health),
    Route("/control/faults", faults, methods=["GET", "POST", "DELETE"]),
    Route("/control/messages", messages),
    Route("/control/emails", emails),
    Route("/control/calls", calls),
    Route("/control/callbacks", callbacks),
    Route("/control/reply", reply, methods=["POST"]),
    Route("/control/clock", clock, methods=["GET", "POST"]),
    Route("/control/reset", reset, methods=["POST"]),
    *map(_on_call, (_answer, _voicemail, _silence, _press, _busy, _no_answer, _hangup)),
]
