"""What every resource of Twilio's REST API shares: sign-in, forms, failures, paging."""

import asyncio
import base64
import binascii
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.connection import drop_connection
from sandbox.faults import Fault
from sandbox.messages import API_VERSION
from sandbox.shapes import error, page_json
from sandbox.state import Sandbox, sandbox_of

log = logging.getLogger("sandbox.api")

MOST_PER_PAGE = 1000
ROOT = f"/{API_VERSION}/Accounts/{{account}}"

Form = Mapping[str, str]
Endpoint = Callable[[Request, Sandbox], Awaitable[Response]]


def _authentic(request: Request, sandbox: Sandbox) -> bool:
    settings = sandbox.settings
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        given = base64.b64decode(encoded)
    except binascii.Error:
        return False
    expected = f"{settings.account_sid}:{settings.auth_token}".encode()
    account = request.path_params["account"] == settings.account_sid
    return scheme.lower() == "basic" and account and hmac.compare_digest(given, expected)


def guarded(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    async def checked(request: Request) -> Response:
        sandbox = sandbox_of(request)
        if not _authentic(request, sandbox):
            return error(401, 20003)
        return await endpoint(request, sandbox)

    return checked


async def read_form(request: Request) -> dict[str, str]:
    """The form's fields; a field given several times is joined by spaces."""
    form = await request.form()
    names = dict.fromkeys(form.keys())
    return {name: " ".join(str(value) for value in form.getlist(name)) for name in names}


async def fail_before(request: Request, fault: Fault) -> Response:
    log.info("fault %s: %s", fault.id, fault.action)
    if fault.action == "reset_before_accept":
        return await drop_connection(request)
    if fault.action == "http_429":
        return error(429, 20429)
    if fault.action == "reject":
        return error(400, fault.reject_code)
    return error(500, 20500)


async def give_answer(request: Request, fault: Fault | None, answer: JSONResponse) -> Response:
    """Give the answer to something accepted, or lose it the way `fault` says."""
    if fault is None:
        return answer
    log.info("fault %s: %s", fault.id, fault.action)
    if fault.action == "reset_after_accept":
        return await drop_connection(request)
    if fault.action == "delay_after_accept":
        await asyncio.sleep(fault.delay)
        return answer
    return error(500, 20500)


def read_page(request: Request) -> tuple[int, int, int | None]:
    """Page size, page number, and the id that the page starts below."""
    query = request.query_params
    size = min(max(int(query.get("PageSize", "50")), 1), MOST_PER_PAGE)
    token = query.get("PageToken", "")
    return size, int(query.get("Page", "0")), int(token[2:]) if token else None


def listing(request: Request, kind: str, rows: list[tuple[int, dict[str, Any]]]) -> Response:
    """A page from `rows` (id, resource), of which one more than the page size was read."""
    size, page, _ = read_page(request)
    shown, next_uri = rows[:size], None
    if len(rows) > size:
        kept = dict(request.query_params.items())
        kept.update(PageSize=str(size), Page=str(page + 1), PageToken=f"PA{shown[-1][0]}")
        next_uri = f"{request.url.path}?{urlencode(kept)}"
    items = [item for _, item in shown]
    return JSONResponse(
        page_json(kind, items, path=request.url.path, size=size, page=page, next_uri=next_uri)
    )
