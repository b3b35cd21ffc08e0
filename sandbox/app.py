"""The web application: Twilio's API, the control API and the pages."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import control, pages, rest_calls, rest_messages
from sandbox.shapes import error as twilio_error
from sandbox.state import Sandbox

STATIC = Path(__file__).parent / "static"


class SameSiteOnly:
    """Another web page open in the same browser must not be able to press buttons here."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        origin, own = headers.get("origin"), f"{scope['scheme']}://{headers.get('host')}"
        if scope["method"] not in ("GET", "HEAD") and origin not in (None, own):
            refusal = PlainTextResponse("This form was sent from another site.", 403)
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


async def _explain(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if request.url.path.startswith("/control/"):
        return JSONResponse({"error": error.detail}, error.status_code)
    if request.url.path.startswith("/2010-04-01/"):
        return twilio_error(error.status_code, 20404)
    detail = "There is no such page." if error.detail == "Not Found" else error.detail
    return pages.problem(request, error.status_code, detail)


def build_app(sandbox: Sandbox) -> Starlette:
    """The application around one sandbox."""
    app = Starlette(
        routes=[
            *rest_messages.routes,
            *rest_calls.routes,
            *control.routes,
            *pages.routes,
            Mount("/static", StaticFiles(directory=STATIC), name="static"),
        ],
        exception_handlers={HTTPException: _explain},
        middleware=[Middleware(SameSiteOnly)],
    )
    app.state.sandbox = sandbox
    return app
