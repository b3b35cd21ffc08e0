"""Twilio's Calls resource."""

import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.messages import E164
from sandbox.rest import (
    ROOT,
    Form,
    fail_before,
    give_answer,
    guarded,
    listing,
    read_form,
    read_page,
)
from sandbox.shapes import call_json, error
from sandbox.state import Sandbox

log = logging.getLogger("sandbox.api")


def _call_problem(form: Form) -> int | None:
    to, sender = form.get("To", ""), form.get("From", "")
    checks = (
        (not to, 21201),
        (not E164.fullmatch(to), 21211),
        (not sender, 21213),
        (not E164.fullmatch(sender), 21212),
        (not form.get("Url") and not form.get("Twiml"), 21205),
    )
    return next((code for wrong, code in checks if wrong), None)


async def create_call(request: Request, sandbox: Sandbox) -> Response:
    """POST Calls.json: the patient's phone rings."""
    form = await read_form(request)
    to = form.get("To", "")
    before = sandbox.faults.take(channel="voice", to=to, group="before")
    if before:
        return await fail_before(request, before)
    code = _call_problem(form)
    if code:
        return error(400, code)
    habit = sandbox.faults.take(channel="voice", to=to, group="callbacks")
    if habit and habit.action == "no_callbacks":
        form.pop("StatusCallback", None)
    elif habit:
        form["duplicate_callbacks"] = "yes"
    fate = sandbox.faults.take(channel="voice", to=to, group="outcome")
    call = sandbox.calls.place(
        to=to, sender=form["From"], request=form, fate=fate.action if fate else ""
    )
    after = sandbox.faults.take(channel="voice", to=to, group="after")
    sandbox.callbacks.wake()
    log.info("call placed %s", call.sid)
    answer = call_json(call, account_sid=sandbox.settings.account_sid)
    return await give_answer(request, after, JSONResponse(answer, 201))


async def list_calls(request: Request, sandbox: Sandbox) -> Response:
    """GET Calls.json: newest first, filtered by To, From and Status."""
    try:
        size, _, before_id = read_page(request)
    except ValueError:
        return error(400, 20001)
    calls = sandbox.calls.listed(
        to=request.query_params.get("To"),
        sender=request.query_params.get("From"),
        status=request.query_params.get("Status"),
        before_id=before_id,
        limit=size + 1,
    )
    sid = sandbox.settings.account_sid
    return listing(
        request, "calls", [(call.id, call_json(call, account_sid=sid)) for call in calls]
    )


async def get_call(request: Request, sandbox: Sandbox) -> Response:
    """GET Calls/{sid}.json."""
    call = sandbox.calls.get(request.path_params["sid"])
    if call is None:
        return error(404, 20404)
    return JSONResponse(call_json(call, account_sid=sandbox.settings.account_sid))


async def update_call(request: Request, sandbox: Sandbox) -> Response:
    """POST Calls/{sid}.json: end it (Status) or give it other TwiML (Url or Twiml)."""
    call = sandbox.calls.get(request.path_params["sid"])
    if call is None:
        return error(404, 20404)
    form = await read_form(request)
    if call.ended:
        return error(400, 21220)
    if form.get("Status") in ("completed", "canceled"):
        if form["Status"] == "canceled" and not call.ringing:
            return error(400, 21220)
        sandbox.calls.end(call, "completed" if call.live else "canceled")
        sandbox.callbacks.wake()
    elif form.get("Url") or form.get("Twiml"):
        await sandbox.line.redirect(call.sid, form)
    call = sandbox.calls.must_get(call.sid)
    return JSONResponse(call_json(call, account_sid=sandbox.settings.account_sid))


routes = [
    Route(f"{ROOT}/Calls.json", guarded(create_call), methods=["POST"]),
    Route(f"{ROOT}/Calls.json", guarded(list_calls), methods=["GET"]),
    Route(f"{ROOT}/Calls/{{sid}}.json", guarded(get_call), methods=["GET"]),
    Route(f"{ROOT}/Calls/{{sid}}.json", guarded(update_call), methods=["POST"]),
]
