"""An attempt of several parts on one link: what has become of each part, and what that makes of the attempt."""

from enum import IntEnum
from typing import NamedTuple

from omnibound.channels.smpp.templates import Templates
from omnibound.domain.message import Attempt


class Told(IntEnum):
    """What the core has been told of an attempt."""

    NOTHING = 0
    UNKNOWN = 1
    """It was given up, but may still turn out to be accepted."""
    ALL = 2


class Whole:
    """The attempt. `ids[i]` is the carrier's id of part i, None until it is accepted; `open`: written, no answer."""

    __slots__ = ("attempt", "destination", "ids", "open", "slowed", "templates", "told")

    def __init__(self, attempt: Attempt, destination: bytes, templates: Templates) -> None:
        self.attempt = attempt
        self.destination = destination
        self.templates = templates
        self.ids: list[str | None] = [None] * len(templates)
        self.open = 0
        self.slowed: list[int] = []
        """Parts that the carrier threw back for being too fast."""
        self.told = Told.NOTHING

    @property
    def touched(self) -> bool:
        """Whether any part may be with the carrier."""
        return self.open > 0 or any(name is not None for name in self.ids)

    def all_ids(self) -> tuple[str, ...] | None:
        """The ids, when every part is accepted."""
        ids = tuple([name for name in self.ids if name is not None])
        return ids if len(ids) == len(self.ids) else None


class Part(NamedTuple):
    """One part of it."""

    whole: Whole
    at: int

    def encode(self, sequence: int) -> bytes:
        """The PDU."""
        return self.whole.templates[self.at].encode(sequence, self.whole.destination)
