"""The journal of dialogs: what a successor needs to hang up the calls that this process leaves when it dies."""

from pathlib import Path
from typing import Final, Protocol

import msgspec

from omnibound.voice.notebook import Notebook, read_lines
from omnibound.voice.signalling.dialogs import Dialog
from omnibound.wire import sip


class Left(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A call that was under way. `dialog` None: it was not answered, and its INVITE wants a CANCEL."""

    call: str
    trunk: str
    invite: sip.Request
    dialog: Dialog | None = None


class Journal(Protocol):
    """Told of each dialog. Must not raise, and must not wait."""

    def begin(self, call: str, trunk: str, invite: sip.Request) -> None:
        """An INVITE is about to be sent; again with another one when it has to be sent anew."""
        ...

    def answered(self, call: str, dialog: Dialog) -> None:
        """It is answered."""
        ...

    def end(self, call: str) -> None:
        """Nothing is left of it."""
        ...


class NoJournal:
    """For tests and for trying out: remembers nothing."""

    def begin(self, call: str, trunk: str, invite: sip.Request) -> None:
        pass

    def answered(self, call: str, dialog: Dialog) -> None:
        pass

    def end(self, call: str) -> None:
        pass


class _Line(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    call: str
    trunk: str = ""
    invite: sip.Request | None = None
    dialog: Dialog | None = None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Line).decode
REWRITE_AFTER: Final = 10_000
"""Lines behind which the file is written anew with the calls that are still up."""


def read_left(path: Path) -> list[Left]:
    """The calls of a journal that did not end, the oldest first. Raises OSError where it cannot be read."""
    found: dict[str, Left] = {}
    for text in read_lines(path):
        try:
            line = _decode(text)
        except ValueError:
            # The last line of a process that died while writing it.
            continue
        _apply(line, found)
    return list(found.values())


def _apply(line: _Line, found: dict[str, Left]) -> None:
    known = found.get(line.call)
    if line.invite:
        found[line.call] = Left(call=line.call, trunk=line.trunk, invite=line.invite)
    elif known and line.dialog:
        found[line.call] = msgspec.structs.replace(known, dialog=line.dialog)
    else:
        found.pop(line.call, None)


class FileJournal:
    """A line for each beginning, answer and end. `left` is what the predecessor did not end: `UserAgent.hang_up_left`.

    Raises OSError where the file cannot be opened. When the disk is full later, it is logged and the calls go on.
    """

    def __init__(self, path: Path) -> None:
        self.left = read_left(path)
        self._open = {one.call: one for one in self.left}
        self._file = Notebook(path, self._lines, REWRITE_AFTER)

    def begin(self, call: str, trunk: str, invite: sip.Request) -> None:
        """See Journal."""
        self._write(_Line(call=call, trunk=trunk, invite=invite))

    def answered(self, call: str, dialog: Dialog) -> None:
        """See Journal."""
        self._write(_Line(call=call, dialog=dialog))

    def end(self, call: str) -> None:
        """See Journal."""
        self._write(_Line(call=call))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, line: _Line) -> None:
        _apply(line, self._open)
        self._file.write(_encode(line), len(self._open))

    def _lines(self) -> list[bytes]:
        calls = self._open.values()
        lines = [_Line(call=one.call, trunk=one.trunk, invite=one.invite) for one in calls]
        lines += [_Line(call=one.call, dialog=one.dialog) for one in calls if one.dialog]
        return [_encode(line) for line in lines]
