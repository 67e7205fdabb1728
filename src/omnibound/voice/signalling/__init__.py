"""The SIP user agent of the embedded telephone: calls over trunks, without their sound.

`agent.UserAgent` is asked; `trunks` has a carrier, `call` the life of a call and `leg` a dialog of it, both without
clock and network: they give `effects`, which `calls` carries out. `transactions` run the tables of `machines` over
`transports`. `reception` and `leftovers` deal with what nobody has asked for.
"""

from omnibound.voice.signalling.agent import UserAgent
from omnibound.voice.signalling.clock import Clock, Timer
from omnibound.voice.signalling.dialogs import Dialog
from omnibound.voice.signalling.events import (
    Answered,
    Changed,
    Early,
    End,
    Ended,
    Event,
    Ringing,
    Who,
    blame,
)
from omnibound.voice.signalling.journal import FileJournal, Journal, Left, NoJournal, read_left
from omnibound.voice.signalling.ladder import Rung
from omnibound.voice.signalling.machines import Times
from omnibound.voice.signalling.probe import Asked, Question
from omnibound.voice.signalling.settings import MIN_RING_S, AgentSettings, TrunkSettings, checked
from omnibound.voice.signalling.trunks import Order

__all__ = [
    "MIN_RING_S",
    "AgentSettings",
    "Answered",
    "Asked",
    "Changed",
    "Clock",
    "Dialog",
    "Early",
    "End",
    "Ended",
    "Event",
    "FileJournal",
    "Journal",
    "Left",
    "NoJournal",
    "Order",
    "Question",
    "Ringing",
    "Rung",
    "Timer",
    "Times",
    "TrunkSettings",
    "UserAgent",
    "Who",
    "blame",
    "checked",
    "read_left",
]
