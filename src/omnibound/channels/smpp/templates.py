"""PDUs to be: everything of a submit_sm but its sequence number and its destination."""

from typing import Final, Protocol

import msgspec

from omnibound.wire.smpp import Submit, SubmitTemplate

_WORTH_IT: Final = 6
"""So many PDUs at once pay for a template of their own."""


class Template(Protocol):
    """Makes PDUs. Destinations are trusted (`wire.smpp.check_destination`)."""

    def encode(self, sequence: int, destination: bytes) -> bytes:
        """One PDU."""
        ...

    def encode_many(self, first: int, destinations: list[bytes]) -> bytes:
        """One for each destination, numbered from `first` on, in one piece."""
        ...


Templates = tuple[Template, ...]
"""One a part, in order."""


class Frame:
    """What texts of one sender, validity and coding have in common: made once, not once a text."""

    __slots__ = ("encode_own", "submit")

    def __init__(self, submit: Submit) -> None:
        """Raises PduError for fields that no submit_sm can carry."""
        self.submit = submit
        self.encode_own = SubmitTemplate(submit).encode_own

    def template(self, part: bytes, tlvs: dict[int, bytes]) -> Template:
        """The template of a part. Raises PduError."""
        return whole_template(self.submit, part, tlvs) if tlvs else Framed(self, part)


class Framed:
    """A part in a frame. Becomes a template of its own when many want it."""

    __slots__ = ("_frame", "_full", "_part")

    def __init__(self, frame: Frame, part: bytes) -> None:
        self._frame = frame
        self._part = part
        self._full: SubmitTemplate | None = None

    def encode(self, sequence: int, destination: bytes) -> bytes:
        """See Template."""
        return self._frame.encode_own(sequence, destination, self._part)

    def encode_many(self, first: int, destinations: list[bytes]) -> bytes:
        """See Template."""
        if self._full is None:
            if len(destinations) < _WORTH_IT:
                encode, part = self._frame.encode_own, self._part
                return b"".join([encode(number, to, part) for number, to in enumerate(destinations, first)])
            self._full = whole_template(self._frame.submit, self._part, {})
        return self._full.encode_many(first, destinations)


def whole_template(submit: Submit, part: bytes, tlvs: dict[int, bytes]) -> SubmitTemplate:
    """`submit` with a text. Raises PduError."""
    return SubmitTemplate(msgspec.structs.replace(submit, short_message=part, tlvs=tlvs))
