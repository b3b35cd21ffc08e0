"""The clock in the browser: see the demo's time and move it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.state import sandbox_of
from sandbox.store import now
from sandbox.web import back_to, field, render
from sandbox.words import local_zone

# Where a demo clinic is likely to be; the machine's own zone always comes first.
ZONES = {
    "America/New_York": "New York",
    "America/Chicago": "Chicago",
    "America/Denver": "Denver",
    "America/Los_Angeles": "Los Angeles",
    "UTC": "UTC",
}
STEPS = {
    "hour": 3600.0,
    "day": 86400.0,
    "week": 7 * 86400.0,
}


def _page(request: Request, *, status: int = 200, problem: str = "") -> Response:
    sandbox = sandbox_of(request)
    moment = datetime.fromtimestamp(sandbox.clock.now(), UTC)
    zones = [(zone, name, _wall(moment.astimezone(ZoneInfo(zone)))) for zone, name in ZONES.items()]
    return render(
        request,
        "clock.html",
        status=status,
        problem=problem,
        movable=sandbox.clock.movable,
        zones=zones,
        here=moment.astimezone(local_zone()),
        real_now=now(),
    )


def _wall(at: datetime) -> str:
    return f"{at:%a, %b} {at.day}, {at:%I:%M %p}".replace(", 0", ", ")


async def clock(request: Request) -> Response:
    """GET the demo's time."""
    return _page(request)


async def move(request: Request) -> Response:
    """POST step=hour|day|week|now, or at= (a wall time) with zone=."""
    demo, form = sandbox_of(request).clock, await request.form()
    if not demo.movable:
        raise HTTPException(409, "The sandbox was started without a clock file.")
    step = field(form, "step")
    if step == "now":
        demo.set_offset(0.0)
    elif step in STEPS:
        demo.set_offset(demo.offset() + STEPS[step])
    else:
        try:
            demo.set_offset(_chosen(field(form, "at"), field(form, "zone")) - now())
        except (ValueError, KeyError):
            return _page(request, status=422, problem="Choose a date and a time.")
    return back_to("/" if field(form, "from") == "home" else "/clock/")


def _chosen(at: str, zone: str) -> float:
    """A wall time in a named zone ("here" is the machine's) as epoch seconds."""
    wall = datetime.fromisoformat(at)
    place = ZoneInfo(zone) if zone in ZONES else None
    return wall.replace(tzinfo=place).timestamp()


routes = [
    Route("/clock/", clock, methods=["GET"]),
    Route("/clock/", move, methods=["POST"]),
]
