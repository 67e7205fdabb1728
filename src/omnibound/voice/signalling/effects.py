"""What a call wants done. The call itself touches neither network nor clock."""

from typing import NamedTuple

from omnibound.voice.signalling.dialogs import Dialog
from omnibound.voice.signalling.events import Event
from omnibound.wire import sip


class Ask(NamedTuple):
    """Send a request in a transaction of its own. `dialog` None: to the trunk."""

    request: sip.Request
    dialog: Dialog | None = None


class Cancel(NamedTuple):
    """Send the CANCEL of this INVITE."""

    invite: sip.Request


class Acknowledge(NamedTuple):
    """Send an ACK, which has no transaction."""

    ack: sip.Request
    dialog: Dialog


class Reply(NamedTuple):
    """Answer the request that was just given."""

    response: sip.Response


class Arm(NamedTuple):
    """Ring `timer` in so many seconds; 0: no more."""

    timer: str
    seconds: float = 0


class Tell(NamedTuple):
    """Something for who called."""

    event: Event


class Note(NamedTuple):
    """For the journal: the dialog as it stands now."""

    dialog: Dialog


class Over(NamedTuple):
    """Nothing more is to come: the line is free."""


Effect = Ask | Cancel | Acknowledge | Reply | Arm | Tell | Note | Over
