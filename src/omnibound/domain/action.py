"""What a campaign's calls say, and what follows from keys and from the end of what is said. Pure."""

import re
from enum import IntEnum

from msgspec import Struct

from omnibound.domain.errors import Invalid

END = "end"
KEYS = frozenset((*"0123456789*#", END))
METHODS = ("POST", "PUT", "PATCH", "DELETE", "GET")
MOST_HEADERS = 20
LONGEST_URL = 2_000
LONGEST_HEADER = 2_000

_URL = re.compile(
    r"https?://(?:\[[0-9a-f:.]+\]|[a-z0-9_.~%-]+)(?::([0-9]{1,5}))?(?:[/?#][^\x00-\x1f\x7f]*)?",
    re.ASCII | re.IGNORECASE,
)
"""Its host is no template: where requests go is known before anybody is called."""
_MOST_PORTS = 65_535
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", re.ASCII)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_OURS = frozenset(
    (
        "host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect", "keep-alive",
        "proxy-connection", "proxy-authenticate", "proxy-authorization",
    )
)  # fmt: skip
"""Headers that follow from the request."""


class Speech(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What a call says: an announcement by its id, or a text or SSML in a voice. Nothing of it: it says nothing."""

    announcement: str = ""
    text: str = ""
    ssml: str = ""
    voice: str = ""


class Deed(IntEnum):
    """What a key, or the end of what is said, leads to. The numbers are stored."""

    PLAY = 0
    REPEAT = 1
    """From the beginning."""
    OPT_OUT = 2
    """The number is not called again; then the call is hung up."""
    HANG_UP = 3
    HTTP = 4


class Request(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """An HTTP request that is made of a template while a call lasts."""

    url: str
    method: str = "POST"
    headers: dict[str, str] = {}
    body: str = ""


class Action(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """`on` a key (`0` to `9`, `*`, `#`) or the `end` of what is said, something is done, and `play` is said."""

    on: str
    do: Deed
    play: Speech | None = None
    http: Request | None = None


def check_actions(actions: tuple[Action, ...]) -> None:
    """Raises Invalid, naming the member that is wrong: `actions[0].http.url`."""
    seen = set[str]()
    for index, action in enumerate(actions):
        field = f"actions[{index}]"
        if action.on not in KEYS:
            raise Invalid("must be a key, 0 to 9, * or #, or the word end", f"{field}.on")
        if action.on in seen:
            raise Invalid("there is another action for it", f"{field}.on")
        seen.add(action.on)
        _check_play(action, f"{field}.play")
        _check_http(action, f"{field}.http")


def _check_play(action: Action, field: str) -> None:
    play = action.play
    if action.do is Deed.REPEAT and play is not None:
        raise Invalid("what is repeated is what the call says", field)
    if (action.do is Deed.PLAY and play is None) or (play and not (play.announcement or play.text or play.ssml)):
        raise Invalid("says nothing to play", field)


def _check_http(action: Action, field: str) -> None:
    if (action.do is Deed.HTTP) != (action.http is not None):
        raise Invalid("says no request to make" if action.http is None else "is for the action http only", field)
    if action.http is not None:
        check_request(action.http, f"{field}.")


def check_request(request: Request, under: str = "") -> None:
    """Raises Invalid, naming the member behind where the request is: `under` is empty or ends with a dot."""
    if not _is_url(request.url):
        raise Invalid("must be an http or https URL whose host is no template", f"{under}url")
    if request.method not in METHODS:
        raise Invalid(f"must be one of {', '.join(METHODS)}", f"{under}method")
    if request.method == "GET" and request.body:
        raise Invalid("GET has no body", f"{under}body")
    if len(request.headers) > MOST_HEADERS:
        raise Invalid(f"must not be more than {MOST_HEADERS}", f"{under}headers")
    for name, value in request.headers.items():
        if not _HEADER.fullmatch(name) or name.lower() in _OURS:
            raise Invalid("is no name of a header that can be given", f"{under}headers.{name}")
        if len(value) > LONGEST_HEADER or _CONTROLS.search(value):
            raise Invalid(f"has up to {LONGEST_HEADER} characters in one line", f"{under}headers.{name}")


def _is_url(url: str) -> bool:
    found = _URL.fullmatch(url) if len(url) <= LONGEST_URL else None
    return found is not None and (found[1] is None or 0 < int(found[1]) <= _MOST_PORTS)
