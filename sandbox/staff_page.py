"""The sign-ins of the demo's staff with their second factor, so that anyone can sign in."""

import json
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.state import Sandbox, sandbox_of
from sandbox.store import now
from sandbox.totp import seconds_left, totp
from sandbox.web import render


@dataclass(frozen=True)
class Code:
    """One member of staff and the code their phone would show now."""

    name: str
    email: str
    role: str
    code: str
    password: str = ""


def codes(sandbox: Sandbox) -> tuple[list[Code], str]:
    """Everyone in the staff file with their code, or none and why there are none.

    Codes follow real time, as the app's check does, wherever the demo's clock is.
    """
    path = sandbox.settings.staff_file
    if path is None:
        return [], "The sandbox was started without a staff file."
    if not path.exists():
        return [], "The staff file is not there yet; loading the demo writes it."
    try:
        staff = json.loads(path.read_text())
        found = [
            Code(
                person["name"],
                person["email"],
                person.get("role", ""),
                totp(person["secret"], now()),
                person.get("password", ""),
            )
            for person in staff
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return [], "The staff file is not a JSON list of name, email, role and secret."
    return found, ""


def code_seconds_left() -> int:
    """Whole seconds until every code changes."""
    return seconds_left(now())


async def authenticator(request: Request) -> Response:
    """GET the codes."""
    staff, problem = codes(sandbox_of(request))
    return render(
        request,
        "authenticator.html",
        staff=staff,
        staff_problem=problem,
        seconds_left=code_seconds_left(),
    )


routes = [Route("/authenticator/", authenticator)]
