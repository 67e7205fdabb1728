"""The media of calls: RTP out and in, for a thousand calls a core. Knows nothing of SIP and of what a call is for.

The data's way:

    file -> convert -> Clip                                     once, in another thread
    Clip -> playing -> outgoing -> socket                       in the slot that the wheel deals to the stream, every
    `ptime` socket -> incoming -> listening -> detectors, recorder      on arrival, and in pieces of 100 ms
    socket -> incoming -> the other's outgoing -> socket        of bridged streams, on arrival
    outgoing, incoming <-> reporting <-> socket                 RTCP, every 5 s

The signalling opens a stream (`Engine.open`), tells the far end its `port` and what `OFFERED` has, and calls `agree`
with the `Terms` of each offer and answer. What happens is told as a `Happening`. Everything is for one event loop;
nothing on the way of a packet waits, and no packet has a task, a future or a lock of its own.
"""

from omnibound.voice.media.answered import LONGEST_VERDICT_S, AnswerEar, Verdict
from omnibound.voice.media.bridge import Bridge, bridge
from omnibound.voice.media.clips import Clip
from omnibound.voice.media.detect import Activity, Listener
from omnibound.voice.media.engine import Engine
from omnibound.voice.media.happenings import (
    Dialled,
    Digit,
    Happening,
    Heard,
    Left,
    Played,
    Recorded,
    Silent,
    Tell,
    Totals,
    Unheard,
)
from omnibound.voice.media.ports import Ports
from omnibound.voice.media.stream import Care, Stream
from omnibound.voice.media.terms import PTIMES, Direction, Terms

OFFERED = ((0, "PCMU"), (8, "PCMA"), (101, "telephone-event"), (13, "CN"))
"""What we can speak: (payload type, name), all at 8,000 Hz, the preferred first. The last two go beside one of the
first.
"""

__all__ = [
    "LONGEST_VERDICT_S",
    "OFFERED",
    "PTIMES",
    "Activity",
    "AnswerEar",
    "Bridge",
    "Care",
    "Clip",
    "Dialled",
    "Digit",
    "Direction",
    "Engine",
    "Happening",
    "Heard",
    "Left",
    "Listener",
    "Played",
    "Ports",
    "Recorded",
    "Silent",
    "Stream",
    "Tell",
    "Terms",
    "Totals",
    "Unheard",
    "Verdict",
    "bridge",
]
