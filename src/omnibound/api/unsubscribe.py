"""Where the links in mails lead (RFC 2369, RFC 8058): a page that asks, and the click that takes no more mail.

Nobody signs in here: who has the link may leave for the address that it was made for, and nothing else. GET changes
nothing, for scanners of mail follow every link.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Route

from omnibound.domain.errors import Busy, NotFound
from omnibound.services.mail_addresses import MailAddresses
from omnibound.wire.mime import has_controls

PATH: Final = "/unsubscribe"
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Unsubscribe</title>
<style>body{font:1.1rem system-ui;max-width:32rem;margin:4rem auto;padding:0 1rem}button{font:inherit}</style>
</head><body>%s</body></html>
"""
_ASK: Final = """<h1>Unsubscribe</h1><p>Get no more mail from this sender?</p>
<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">
<button>Unsubscribe</button></form>"""
_DONE: Final = "<h1>Unsubscribed</h1><p>You will get no more mail from this sender.</p>"
_LATER: Final = "<h1>Not now</h1><p>Please try again in a moment.</p>"
_UNKNOWN: Final = "<h1>Not found</h1><p>This link is not complete, or is not one of ours.</p>"


def routes(mail: MailAddresses) -> list[BaseRoute]:
    """The page and the click."""

    async def ask(request: Request) -> HTMLResponse:
        try:
            mail.left(_id(request))
        except NotFound:
            return _page(_UNKNOWN, 404)
        return _page(_ASK)

    async def leave(request: Request) -> HTMLResponse:
        """Answered after the commit. What the body says does not matter: the link says all."""
        try:
            await mail.leave(_id(request))
        except NotFound:
            return _page(_UNKNOWN, 404)
        except Busy:
            return _page(_LATER, 503)
        return _page(_DONE)

    path = f"{PATH}/{{id}}"
    return [Route(path, ask, methods=["GET"]), Route(path, leave, methods=["POST"])]


def _id(request: Request) -> str:
    id_: str = request.path_params["id"]
    return "" if has_controls(id_) else id_


def _page(body: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(_PAGE % body, status, headers=_HEADERS)
