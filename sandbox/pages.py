"""The sandbox in a browser: the start page, errors, and the pulse that keeps pages fresh."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox import clock_page, faults_page, mail_pages, phone_pages, staff_page
from sandbox.faults import ACTIONS
from sandbox.state import sandbox_of
from sandbox.web import HEADERS, back_to, render

GLANCE = 4


async def home(request: Request) -> Response:
    """Everything at one glance."""
    sandbox = sandbox_of(request)
    staff, staff_problem = staff_page.codes(sandbox)
    return render(
        request,
        "home.html",
        phones=sandbox.threads.phones(GLANCE),
        letters=sandbox.letters.listed(limit=GLANCE),
        staff=staff[:GLANCE],
        staff_problem=staff_problem,
        seconds_left=staff_page.code_seconds_left(),
        faults=sandbox.faults.active()[:GLANCE],
        actions=ACTIONS,
        channel_words=faults_page.CHANNEL_WORDS,
        movable=sandbox.clock.movable,
    )


async def pulse(request: Request) -> Response:
    """A token that changes when anything stored has changed."""
    return PlainTextResponse(sandbox_of(request).pulse(), headers=HEADERS)


async def reset(request: Request) -> Response:
    """Forget everything but the clock."""
    await sandbox_of(request).reset()
    return back_to("/")


async def video(request: Request) -> Response:
    """The room of a video visit, as far as a sandbox has one."""
    return render(request, "video.html", room=request.path_params["room"])


def problem(request: Request, status: int, detail: str) -> Response:
    """A page that says what went wrong."""
    return render(request, "problem.html", status=status, detail=detail)


routes = [
    Route("/", home),
    Route("/pulse", pulse),
    Route("/video/{room}", video),
    Route("/reset", reset, methods=["POST"]),
    *phone_pages.routes,
    *mail_pages.routes,
    *clock_page.routes,
    *staff_page.routes,
    *faults_page.routes,
]
