"""A piece of speech -> what a voice is given: its plain words, or SSML that any engine understands."""

import math
from collections.abc import Callable
from xml.sax.saxutils import escape, quoteattr

from omnibound.wire.ssml.pieces import Prosody, Say, Span

Volume = Callable[[float], str]

_SILENT = 0.001


def as_text(say: Say) -> str:
    """The words alone."""
    return "".join(span.text for span in say.spans)


def decibels(factor: float) -> str:
    """A volume as SSML 1.1 writes it."""
    return f"{20 * math.log10(factor):+.1f}dB" if factor > _SILENT else "silent"


def percent(factor: float) -> str:
    """A volume as espeak-ng reads it."""
    return f"{factor:.0%}"


def as_ssml(say: Say, volume: Volume = decibels, *, language: bool = True) -> str:
    """A whole document that needs no more than `prosody`. Without `language` the voice's own holds."""
    spans = "".join(_span(span, volume) for span in say.spans)
    namespace = 'version="1.1" xmlns="http://www.w3.org/2001/10/synthesis"'
    return (
        f"<speak {namespace} xml:lang={quoteattr(say.language)}>{spans}</speak>"
        if language
        else f"<speak>{spans}</speak>"
    )


def _span(span: Span, volume: Volume) -> str:
    said = escape(span.text)
    manner = span.prosody
    if manner == Prosody():
        return said
    told = [
        f'rate="{manner.rate:.0%}"' if manner.rate != 1 else "",
        f'pitch="{manner.pitch - 1:+.0%}"' if manner.pitch != 1 else "",
        f'volume="{volume(manner.volume)}"' if manner.volume != 1 else "",
    ]
    return f"<prosody {' '.join(filter(None, told))}>{said}</prosody>"
