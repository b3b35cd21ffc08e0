"""Placeholder"""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

routes: list = []


def problem(request: Request, status: int, detail: str) -> Response:
    return PlainTextResponse(detail, status)
