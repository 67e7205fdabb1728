"""Session descriptions (RFC 4566): the lines that a telephone call needs, to values and back."""

from typing import Final, Literal

import msgspec

from omnibound.wire.sip.errors import SipError
from omnibound.wire.sip.fields import read_number

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
DIRECTIONS: Final[tuple[Direction, ...]] = ("sendrecv", "sendonly", "recvonly", "inactive")

MAX_STREAMS: Final = 20
_STATIC: Final = {0: "PCMU", 8: "PCMA", 13: "CN"}
_PTIMES: Final = (10, 60)


class Format(msgspec.Struct, frozen=True, gc=False):
    """A payload number and what it carries, the name in capitals."""

    payload: int
    name: str
    rate: int = 8000


class Stream(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One m-line. `refusal` is that line with port 0, as an answer refuses it. `port` 0: not wanted."""

    kind: str
    protocol: str
    address: str
    port: int
    formats: tuple[Format, ...] = ()
    ptime: int = 20
    direction: Direction = "sendrecv"
    refusal: str = ""

    @property
    def speaks(self) -> bool:
        """Whether it is plain audio over RTP that is wanted."""
        return self.kind == "audio" and self.protocol == "RTP/AVP" and self.port > 0

    @property
    def held(self) -> bool:
        """Whether nothing is to be sent there: asked for by direction, or by the old way of a null address."""
        return self.direction in ("sendonly", "inactive") or self.address in ("0.0.0.0", "::")  # noqa: S104


class Session(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A whole description. `version` grows with every change by the side that wrote it."""

    id: int
    version: int
    streams: tuple[Stream, ...]


class Local(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What we write into a description: where we listen, and what we take there."""

    address: str
    port: int
    formats: tuple[Format, ...]
    ptime: int = 20
    direction: Direction = "sendrecv"
    id: int = 1
    version: int = 1


def write_session(local: Local, refused: tuple[str, ...] = (), at: int = 0) -> bytes:
    """A description with one audio stream, as the `at`-th among the refused m-lines of an answer."""
    family = "IP6" if ":" in local.address else "IP4"
    head = [
        "v=0", f"o=- {local.id} {local.version} IN {family} {local.address}", "s=-",
        f"c=IN {family} {local.address}", "t=0 0",
    ]  # fmt: skip
    lines = [*head, *refused[:at], *_audio(local), *refused[at:]]
    return "\r\n".join([*lines, ""]).encode("utf-8", "replace")


def _audio(local: Local) -> list[str]:
    numbers = " ".join([str(one.payload) for one in local.formats])
    maps = [f"a=rtpmap:{one.payload} {one.name.lower() if one.name == 'TELEPHONE-EVENT' else one.name}/{one.rate}"
            for one in local.formats]  # fmt: skip
    events = [f"a=fmtp:{one.payload} 0-15" for one in local.formats if one.name == "TELEPHONE-EVENT"]
    return [
        f"m=audio {local.port} RTP/AVP {numbers}", *maps, *events, f"a=ptime:{local.ptime}", f"a={local.direction}"
    ]  # fmt: skip


def read_session(body: bytes) -> Session:
    """Raises SipError (488) for what is no description."""
    text = body.decode("utf-8", "replace").replace("\r\n", "\n")
    head, *sections = text.split("\nm=")
    lines = _lines(head)
    if not text.startswith("v=") or len(sections) > MAX_STREAMS:
        raise SipError("not a session description", 488)
    identity = _first(lines, "o").split()
    if len(identity) < 3:
        raise SipError("a session description without o=", 488)
    return Session(
        id=_digits(identity[1]), version=_digits(identity[2]),
        streams=tuple([_stream(f"m={section}", lines) for section in sections]),
    )  # fmt: skip


def _lines(text: str) -> list[tuple[str, str]]:
    found = [line.partition("=") for line in text.split("\n") if line.strip()]
    return [(name.strip(), value.strip()) for name, _, value in found]


def _first(lines: list[tuple[str, str]], wanted: str) -> str:
    return next((value for name, value in lines if name == wanted), "")


def _digits(text: str) -> int:
    # Ids and versions may be as long as 64 bits; some write longer ones, and all that matters is whether they change.
    return int(text[:19]) if text.isascii() and text.isdigit() else 0


def _stream(section: str, session: list[tuple[str, str]]) -> Stream:
    lines = _lines(section)
    words = lines[0][1].split()
    if len(words) < 4:
        raise SipError(f"an m-line of {len(words)} words", 488)
    kind, port, protocol, *numbers = words
    attributes = [value for name, value in lines if name == "a"]
    connection = (_first(lines, "c") or _first(session, "c")).split()
    return Stream(
        kind=kind.lower(), protocol=protocol.upper(), address="".join(connection[2:3]).partition("/")[0],
        port=read_number(port.partition("/")[0], "media port", 65_535), formats=_formats(numbers, attributes),
        ptime=_ptime(attributes), direction=_direction(attributes, session),
        refusal=f"m={kind} 0 {protocol} {' '.join(numbers)}",
    )  # fmt: skip


def _formats(numbers: list[str], attributes: list[str]) -> tuple[Format, ...]:
    mapped = dict(filter(None, map(_mapping, attributes)))
    found: list[Format] = []
    for text in numbers:
        payload = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 128
        if payload in mapped:
            found.append(mapped[payload])
        elif payload in _STATIC:
            found.append(Format(payload, _STATIC[payload]))
    return tuple(found)


def _mapping(attribute: str) -> tuple[int, Format] | None:
    """`rtpmap:101 telephone-event/8000`."""
    name, _, value = attribute.partition(":")
    number, _, encoding = value.strip().partition(" ")
    words = encoding.strip().split("/")
    if name != "rtpmap" or not (number.isdecimal() and len(number) < 4 and int(number) < 128):
        return None
    rate = int(words[1]) if len(words) > 1 and words[1].isdecimal() and len(words[1]) < 7 else 8000
    return int(number), Format(int(number), words[0].upper(), rate)


def _ptime(attributes: list[str]) -> int:
    """Milliseconds a packet, a multiple of ten from 10 to 60; 20 where nothing sensible is said."""
    least, most = _PTIMES
    wanted = min(_milliseconds(attributes, "ptime", 20), _milliseconds(attributes, "maxptime", most))
    return min(max(wanted // 10 * 10, least), most)


def _milliseconds(attributes: list[str], wanted: str, usual: int) -> int:
    for attribute in attributes:
        name, _, value = attribute.partition(":")
        if name == wanted and value.strip().isdecimal() and len(value) < 5:
            return int(value)
    return usual


def _direction(attributes: list[str], session: list[tuple[str, str]]) -> Direction:
    general = [value for name, value in session if name == "a"]
    for words in (attributes, general):
        for direction in DIRECTIONS:
            if direction in words:
                return direction
    return "sendrecv"
