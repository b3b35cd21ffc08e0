"""Mailboxes in the browser."""

import re
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sandbox.letters import Letter, Part
from sandbox.state import sandbox_of
from sandbox.web import HEADERS, render

# Mail brings its own inline styles, so they are allowed, but nothing else is: no script, no
# network, and an origin of its own. Links leave the frame for a new tab.
LETTER_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_CID = re.compile(r"cid:([^\"'\s>)]+)")


def _letter(request: Request) -> Letter:
    letter = sandbox_of(request).letters.get(request.path_params["id"])
    if letter is None:
        raise HTTPException(404, "There is no such letter.")
    return letter


async def letters(request: Request) -> Response:
    """GET the letters, all or of one mailbox (?to=)."""
    sandbox, to = sandbox_of(request), request.query_params.get("to")
    return render(
        request,
        "mail.html",
        letters=sandbox.letters.listed(to=to, limit=200),
        mailboxes=sandbox.letters.mailboxes(),
        chosen=to,
    )


async def letter(request: Request) -> Response:
    """GET one letter. Looking at it marks it as seen."""
    found = _letter(request)
    sandbox_of(request).letters.mark_seen(found.id)
    return render(request, "letter.html", letter=found, parts=found.parts())


async def html(request: Request) -> Response:
    """GET the HTML part as the frame shows it."""
    found = _letter(request)
    body = found.html()
    if body is None:
        raise HTTPException(404, "This letter has no HTML part.")
    inline = {part.content_id: number for number, part in enumerate(found.parts())}

    def address(match: re.Match[str]) -> str:
        number = inline.get(match[1])
        return match[0] if number is None else f"/mail/{found.id}/parts/{number}"

    page = '<base target="_blank">' + _CID.sub(address, body)
    return HTMLResponse(page, headers={**HEADERS, "Content-Security-Policy": LETTER_CSP})


def _download(part: Part) -> Response:
    # Pictures may show inside the letter; anything else is only ever saved.
    shown = part.content_type.startswith("image/") and part.content_type != "image/svg+xml"
    way = "inline" if shown else "attachment"
    headers = {
        **HEADERS,
        "Content-Disposition": f"{way}; filename*=UTF-8''{quote(part.filename, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(part.content, media_type=part.content_type, headers=headers)


async def part(request: Request) -> Response:
    """GET one attachment or inline picture."""
    parts = _letter(request).parts()
    number: int = request.path_params["number"]
    if number >= len(parts):
        raise HTTPException(404, "The letter has no such part.")
    return _download(parts[number])


async def raw(request: Request) -> Response:
    """GET the letter as it came, to open in a mail program."""
    found = _letter(request)
    return _download(Part(f"letter-{found.id}.eml", "message/rfc822", "", found.raw, None))


routes = [
    Route("/mail/", letters),
    Route("/mail/{id:int}/", letter),
    Route("/mail/{id:int}/html", html),
    Route("/mail/{id:int}/raw", raw),
    Route("/mail/{id:int}/parts/{number:int}", part),
]
