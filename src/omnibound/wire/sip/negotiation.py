"""Offer and answer (RFC 3264) for a call with one audio stream: what both sides speak."""

from typing import Final

import msgspec

from omnibound.wire.sip.errors import SipError
from omnibound.wire.sip.sdp import Direction, Format, Local, Session, Stream, write_session

CODECS: Final = ("PCMU", "PCMA")
EVENTS: Final = "TELEPHONE-EVENT"
NOISE: Final = "CN"
_PAYLOADS: Final = {"PCMU": 0, "PCMA": 8}
_EVENT_PAYLOAD: Final = 101
_NOISE_PAYLOAD: Final = 13
_MIRROR: Final[dict[Direction, Direction]] = {
    "sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive",
}  # fmt: skip


class Media(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What was agreed. Send `codec` as `payload`, digits as `dtmf` and comfort noise as `noise` (RFC 3389; None: the
    far end knows none) to that address.

    `ptime` is in milliseconds. `direction` is ours: with recvonly or inactive nothing may be sent (we are on hold).
    """

    address: str
    port: int
    codec: str
    payload: int
    dtmf: int | None
    ptime: int
    direction: Direction = "sendrecv"
    noise: int | None = None


def offered(codecs: tuple[str, ...] = CODECS) -> tuple[Format, ...]:
    """The formats of an offer of ours, the preferred first. Raises SipError for a codec that we do not have."""
    unknown = [codec for codec in codecs if codec not in _PAYLOADS]
    if unknown or not codecs:
        raise SipError(f"codecs have to be of {', '.join(_PAYLOADS)}", 488)
    beside = (Format(_EVENT_PAYLOAD, EVENTS), Format(_NOISE_PAYLOAD, NOISE))
    return (*[Format(_PAYLOADS[codec], codec) for codec in codecs], *beside)


def agreed(answer: Session, ours: tuple[Format, ...]) -> Media:
    """What an answer to our offer came to. Raises SipError (488) where it is nothing."""
    stream = _audio(answer)
    codec = _codec(stream, tuple([one.name for one in ours if one.name in CODECS]))
    return _media(stream, codec, _MIRROR[_wanted(stream)])


def answer_to(offer: Session, local: Local) -> tuple[bytes, Media]:
    """Our answer to an offer, with a single codec, and what that comes to. Raises SipError (488) where it is nothing.

    `local.formats` says which codecs we take; the numbers are the offer's. What is no audio is refused with port 0.
    """
    stream = _audio(offer)
    at = offer.streams.index(stream)
    codec = _codec(stream, tuple([one.name for one in local.formats if one.name in CODECS]))
    direction = _MIRROR[_wanted(stream)]
    media = _media(stream, codec, direction)
    beside = [
        Format(number, name) for name, number in ((EVENTS, media.dtmf), (NOISE, media.noise)) if number is not None
    ]
    refused = tuple([one.refusal for number, one in enumerate(offer.streams) if number != at])
    replaced = msgspec.structs.replace(local, formats=(codec, *beside), direction=direction, ptime=stream.ptime)
    return write_session(replaced, refused, at), media


def _audio(session: Session) -> Stream:
    """The stream that is talked over; one on hold may have the null address, but a port it has."""
    for stream in session.streams:
        if stream.speaks and stream.address:
            return stream
    raise SipError("no audio stream that we can take", 488)


def _codec(stream: Stream, ours: tuple[str, ...]) -> Format:
    for one in stream.formats:
        if one.name in ours and one.rate == 8000:
            return one
    raise SipError("no codec in common", 488)


def _wanted(stream: Stream) -> Direction:
    # A null address asks for silence as `sendonly` does, whatever the direction says (RFC 3264, 8.4).
    return "sendonly" if stream.held and stream.direction == "sendrecv" else stream.direction


def _media(stream: Stream, codec: Format, direction: Direction) -> Media:
    beside = {one.name: one.payload for one in reversed(stream.formats) if one.rate == 8000}
    return Media(
        address=stream.address, port=stream.port, codec=codec.name, payload=codec.payload, dtmf=beside.get(EVENTS),
        ptime=stream.ptime, direction=direction, noise=beside.get(NOISE),
    )  # fmt: skip
