"""SSML (W3C, 1.1): a document -> pieces that any voice can say, with all that voices do not understand spelled out.

`reading` is the way in; `parsing` makes the tree and knows where everything stands, `say_as` turns numbers, dates and
the like into words, `values` reads attributes, `writing` gives a piece to a voice.
"""

from omnibound.wire.ssml.parsing import BadSsml
from omnibound.wire.ssml.pieces import Pause, Piece, Prosody, Recording, Say, Span
from omnibound.wire.ssml.reading import read_ssml, read_text
from omnibound.wire.ssml.writing import as_ssml, as_text

__all__ = [
    "BadSsml", "Pause", "Piece", "Prosody", "Recording", "Say", "Span", "as_ssml", "as_text", "read_ssml", "read_text",
]  # fmt: skip
