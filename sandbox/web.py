"""Rendering: templates, the header every page shares, and the security headers."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sandbox import words
from sandbox.state import Sandbox, sandbox_of

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

_env = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_env.filters.update(
    phone=words.phone,
    linked=words.linked,
    clock_time=words.clock_time,
    day=words.day,
    full_when=words.full_when,
    offset=words.offset,
    segment=lambda text: quote(text, safe="+@"),
)


def _header(sandbox: Sandbox) -> dict[str, Any]:
    """What the top of every page tells at a glance."""
    return {
        "unseen_texts": sandbox.threads.unseen(),
        "unseen_letters": sandbox.letters.unseen(),
        "fault_count": len(sandbox.faults.active()),
        "demo_now": sandbox.clock.now(),
        "demo_offset": sandbox.clock.offset(),
        "app_url": sandbox.settings.app_url,
        "pulse": sandbox.pulse(),
    }


def render(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    """The page `template` with the shared header around it."""
    sandbox = sandbox_of(request)
    page = _env.get_template(template).render(
        path=request.url.path,
        short_when=lambda moment: words.short_when(moment, sandbox.clock.now()),
        **_header(sandbox),
        **context,
    )
    return HTMLResponse(page, status, headers=HEADERS)


def back_to(path: str) -> Response:
    """After a form: show the page again, so that reloading repeats nothing."""
    return RedirectResponse(path, 303)


def field(form: FormData, name: str) -> str:
    """One text field of a form, trimmed. Raises HTTPException 422 when it is a file."""
    value = form.get(name, "")
    if not isinstance(value, str):
        raise HTTPException(422, f"{name} must be text.")
    return value.strip()
