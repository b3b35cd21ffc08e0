"""Twilio's Messages resource."""

import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.messages import E164, SERVICE_NUMBER
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
from sandbox.shapes import error, message_json
from sandbox.state import Sandbox

log = logging.getLogger("sandbox.api")

LONGEST_BODY = 1600
SENDER = re.compile(r"\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")


def _message_problem(form: Form) -> int | None:
    """Twilio's error code for a message that cannot be accepted, or None."""
    to, sender, body = form.get("To", ""), form.get("From", ""), form.get("Body", "")
    checks = (
        (not to, 21604),
        (not E164.fullmatch(to), 21211),
        (not sender and not form.get("MessagingServiceSid"), 21603),
        (bool(sender) and not SENDER.fullmatch(sender), 21212),
        (not body, 21602),
        (len(body) > LONGEST_BODY, 21617),
    )
    return next((code for wrong, code in checks if wrong), None)


async def create_message(request: Request, sandbox: Sandbox) -> Response:
    """POST Messages.json. Committed before the answer; callbacks follow on their own."""
    form = await read_form(request)
    to = form.get("To", "")
    before = sandbox.faults.take(channel="sms", to=to, group="before")
    if before:
        return await fail_before(request, before)
    code = _message_problem(form)
    if code:
        return error(400, code)
    sender = form.get("From") or SERVICE_NUMBER
    if sandbox.messages.opted_out(patient=to, clinic=sender):
        return error(400, 21610)
    message = sandbox.messages.accept(
        to=to,
        sender=sender,
        body=form["Body"],
        service_sid=form.get("MessagingServiceSid"),
        callback_url=form.get("StatusCallback"),
        outcome=sandbox.faults.take(channel="sms", to=to, group="outcome"),
        callbacks=sandbox.faults.take(channel="sms", to=to, group="callbacks"),
    )
    after = sandbox.faults.take(channel="sms", to=to, group="after")
    sandbox.callbacks.wake()
    log.info("text accepted %s", message.sid)
    answer = message_json(message, account_sid=sandbox.settings.account_sid)
    return await give_answer(request, after, JSONResponse(answer, 201))


def _day_or_second(value: str) -> tuple[float, float]:
    """The first moment that `value` names and the first one after it, in epoch seconds.

    Takes YYYY-MM-DD (a day in UTC) or an ISO 8601 date and time. Raises ValueError.
    """
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    span = timedelta(days=1) if len(value) == 10 else timedelta(seconds=1)
    moment = moment.replace(microsecond=0)
    return moment.timestamp(), (moment + span).timestamp()


def _sent_window(query: Mapping[str, str]) -> tuple[float | None, float | None]:
    """From (inclusive) and before (exclusive); Twilio's < and > both include their day."""
    since, until = None, None
    if "DateSent" in query:
        since, until = _day_or_second(query["DateSent"])
    if "DateSent>" in query:
        since = _day_or_second(query["DateSent>"])[0]
    if "DateSent<" in query:
        until = _day_or_second(query["DateSent<"])[1]
    return since, until


async def list_messages(request: Request, sandbox: Sandbox) -> Response:
    """GET Messages.json: newest first, filtered by To, From and the day or moment sent."""
    try:
        size, _, before_id = read_page(request)
        since, until = _sent_window(request.query_params)
    except ValueError:
        return error(400, 20001)
    messages = sandbox.messages.listed(
        to=request.query_params.get("To"),
        sender=request.query_params.get("From"),
        sent_from=since,
        sent_before=until,
        before_id=before_id,
        limit=size + 1,
    )
    sid = sandbox.settings.account_sid
    rows = [(message.id, message_json(message, account_sid=sid)) for message in messages]
    return listing(request, "messages", rows)


async def get_message(request: Request, sandbox: Sandbox) -> Response:
    """GET Messages/{sid}.json."""
    message = sandbox.messages.get(request.path_params["sid"])
    if message is None:
        return error(404, 20404)
    return JSONResponse(message_json(message, account_sid=sandbox.settings.account_sid))


routes = [
    Route(f"{ROOT}/Messages.json", guarded(create_message), methods=["POST"]),
    Route(f"{ROOT}/Messages.json", guarded(list_messages), methods=["GET"]),
    Route(f"{ROOT}/Messages/{{sid}}.json", guarded(get_message), methods=["GET"]),
]
