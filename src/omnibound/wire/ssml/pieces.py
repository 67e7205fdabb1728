"""What is to be heard, in order: speech, silence, recordings."""

from msgspec import Struct


class Prosody(Struct, frozen=True, gc=False, kw_only=True):
    """How fast, high and loud, as factors of the voice's own: 1.0 is as it is."""

    rate: float = 1.0
    pitch: float = 1.0
    volume: float = 1.0


class Span(Struct, frozen=True, gc=False):
    """Words in one manner."""

    text: str
    prosody: Prosody = Prosody()


class Say(Struct, frozen=True, gc=False, kw_only=True):
    """Words of one voice in one language. `voice` is a configured id, empty for the one that was asked for."""

    voice: str = ""
    language: str
    spans: tuple[Span, ...]


class Pause(Struct, frozen=True, gc=False):
    """Silence, in milliseconds."""

    ms: int


class Recording(Struct, frozen=True, gc=False, kw_only=True):
    """A recording: `source` is an announcement's id or an address. `instead` is heard where there is none."""

    source: str
    instead: tuple["Piece", ...] = ()


Piece = Say | Pause | Recording
