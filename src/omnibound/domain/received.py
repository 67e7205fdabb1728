"""What a person wrote to us, whole: its parts joined, and whose it is. All times: microseconds UTC."""

from collections.abc import Sequence
from enum import IntEnum

from msgspec import Struct

from omnibound.domain.facts import Inbound
from omnibound.domain.number import Number


class Filed(IntEnum):
    """What became of an inbound message, or of a part of one. The numbers are stored."""

    NOT_YET = 0
    JOINED = 1
    """It is (part of) what an account has received."""
    NOBODYS = 2
    """It came to a number of nobody's."""


class Received(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A whole message from a person to an account's number, told to the account under `id`.

    `at` is when it began to come. `data` is what is no text. `missing` of its `parts` never came; `reference` is what
    its parts had in common.
    """

    id: int
    account: int
    connector: str
    channel: str
    sender: str
    recipient: str
    text: str
    at: int
    keyword: str = ""
    data: bytes = b""
    parts: int = 1
    missing: int = 0
    reference: int = 0


Source = tuple[str, str, str, int, int]
"""What the parts of one message have in common: channel, sender, recipient, reference, how many there are."""


def source_of(part: Inbound) -> Source | None:
    """None for a message that came whole."""
    if part.reference is None:
        return None
    reference, total, _ = part.reference
    return (part.channel, part.sender, part.recipient, reference, total)


def source_of_received(received: Received) -> Source:
    """What its parts had in common."""
    return (received.channel, received.sender, received.recipient, received.reference, received.parts)


def joined_text(parts: Sequence[Inbound]) -> str:
    """The text of parts in their order. One that was cut within a character has its octets (UTF-16) beside its text."""
    if not any(part.text and part.data for part in parts):
        return "".join([part.text for part in parts])
    octets = [part.data if part.text and part.data else part.text.encode("utf-16-be") for part in parts]
    return b"".join(octets).decode("utf-16-be", "replace")


def receive(id_: int, parts: Sequence[Inbound], text: str, number: Number) -> Received:
    """What an account receives, out of those of its parts that came (in their order), with their text joined."""
    first = parts[0]
    reference, total, _ = first.reference or (0, 1, 1)
    return Received(
        id=id_,
        account=number.account,
        connector=first.connector,
        channel=first.channel,
        sender=first.sender,
        recipient=first.recipient,
        text=text,
        at=min(part.at for part in parts),
        keyword=number.keyword,
        data=b"" if text else b"".join([part.data for part in parts]),
        parts=total,
        missing=total - len(parts),
        reference=reference,
    )
