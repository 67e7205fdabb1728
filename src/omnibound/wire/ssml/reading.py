"""A tree of SSML -> pieces. An element that is not known is an error at its place; an attribute is passed over."""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from omnibound.wire.ssml.parsing import LONGEST, BadSsml, Node, parse_ssml
from omnibound.wire.ssml.pieces import Pause, Piece, Prosody, Recording, Say, Span
from omnibound.wire.ssml.say_as import say_as
from omnibound.wire.ssml.values import read_pause, read_pitch, read_rate, read_volume

SENTENCE_MS = 250
PARAGRAPH_MS = 500
"""Silence between sentences and paragraphs that are marked."""

_EMPHASES = {
    "strong": Prosody(rate=0.85, pitch=1.1, volume=1.4),
    "moderate": Prosody(rate=0.95, pitch=1.05, volume=1.2),
    "none": Prosody(),
    "reduced": Prosody(rate=1.1, pitch=0.97, volume=0.8),
}
_SPACE = re.compile(r"\s+")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


T = TypeVar("T")


def read_text(text: str, language: str) -> list[Piece]:
    """Plain text, said as it stands. BadSsml for what is too long, and for half of a surrogate pair."""
    if len(text) > LONGEST:
        raise BadSsml(f"longer than {LONGEST} characters", 1, 1)
    half = _SURROGATE.search(text)
    if half:
        raise BadSsml(
            "this is no character",
            text.count("\n", 0, half.start()) + 1,
            half.start() - text.rfind("\n", 0, half.start()),
        )
    said = _BLANK.sub(" ", text).strip()
    return [Say(language=language, spans=(Span(said),))] if said else []


def read_ssml(text: str, language: str, voices: Mapping[str, str] | None = None) -> list[Piece]:
    """A document, or what would stand in one. `voices`: language by id of those that it may name. Raises BadSsml."""
    root = parse_ssml(text)
    if root.name != "speak":
        raise root.bad(f"the outermost element is speak, not {root.name[:40]}")
    reading = _Reading(voices or {})
    reading.inside(root, reading.spoken(root, _Manner(language=language)))
    return reading.script.finished()


class _Manner(Struct, frozen=True, kw_only=True):
    """Who speaks, and how."""

    voice: str = ""
    language: str
    prosody: Prosody = Prosody()


class _Script:
    """The pieces so far; words in one manner grow together."""

    def __init__(self) -> None:
        self._pieces: list[Piece] = []
        self._spans: list[Span] = []
        self._manner: _Manner | None = None
        self._gap = 0

    def say(self, text: str, manner: _Manner) -> None:
        """More words. Space is kept where words need it."""
        text = _SPACE.sub(" ", text)
        if not text.strip() and not self._spans:
            return
        last = self._manner
        if last and (last.voice, last.language) != (manner.voice, manner.language):
            self.close()
        self._fill_gap()
        self._manner = manner
        if self._spans and self._spans[-1].prosody == manner.prosody:
            self._spans[-1] = Span(_joined(self._spans[-1].text, text), manner.prosody)
        else:
            self._spans.append(Span(text, manner.prosody))

    def add(self, piece: Pause | Recording) -> None:
        """Something that is not said."""
        self.close()
        self._fill_gap()
        self._pieces.append(piece)

    def gap(self, ms: int) -> None:
        """Silence here if anything was heard before and something is after."""
        self.close()
        self._gap = max(self._gap, ms) if self._pieces else 0

    def close(self) -> None:
        """What is said now is a piece of its own."""
        if self._manner and "".join(span.text for span in self._spans).strip():
            trimmed = _trimmed(self._spans)
            self._pieces.append(Say(voice=self._manner.voice, language=self._manner.language, spans=trimmed))
        self._spans, self._manner = [], None

    def finished(self) -> list[Piece]:
        """All of them."""
        self.close()
        return self._pieces

    def _fill_gap(self) -> None:
        if self._gap:
            self._pieces.append(Pause(self._gap))
            self._gap = 0


def _joined(before: str, after: str) -> str:
    return before + (after.lstrip() if before.endswith(" ") else after)


def _trimmed(spans: list[Span]) -> tuple[Span, ...]:
    first = Span(spans[0].text.lstrip(), spans[0].prosody)
    trimmed = [first, *spans[1:]]
    trimmed[-1] = Span(trimmed[-1].text.rstrip(), trimmed[-1].prosody)
    return tuple(span for span in trimmed if span.text)


class _Reading:
    """One document."""

    def __init__(self, voices: Mapping[str, str]) -> None:
        self._voices = voices
        self.script = _Script()

    def inside(self, node: Node, manner: _Manner) -> None:
        """All that stands in an element."""
        for part in node.parts:
            if isinstance(part, str):
                self.script.say(part, manner)
                continue
            read = ELEMENTS.get(part.name)
            if read is None:
                raise part.bad(f"there is no element {part.name[:40]}; there are: {', '.join(sorted(ELEMENTS))}")
            read(self, part, manner)

    def spoken(self, node: Node, manner: _Manner) -> _Manner:
        """The manner with the language that an element says."""
        language = node.attributes.get("lang", "")
        if language and not _LANGUAGE.fullmatch(language):
            raise node.bad(f"{language[:40]!r} is no language; write pl or en-GB")
        return replace(manner, language=language) if language else manner

    def plain(self, node: Node, manner: _Manner) -> None:
        """What only means something to an engine that knows its alphabet or dictionary: the content is said."""
        self.inside(node, self.spoken(node, manner))

    def nothing(self, node: Node, manner: _Manner) -> None:
        """What is not heard."""

    def sentence(self, node: Node, manner: _Manner) -> None:
        self._apart(node, manner, SENTENCE_MS)

    def paragraph(self, node: Node, manner: _Manner) -> None:
        self._apart(node, manner, PARAGRAPH_MS)

    def _apart(self, node: Node, manner: _Manner, ms: int) -> None:
        self.script.gap(ms)
        self.inside(node, self.spoken(node, manner))
        self.script.gap(ms)

    def pause(self, node: Node, manner: _Manner) -> None:
        ms = _understood(node, lambda: read_pause(node.attributes.get("time", ""), node.attributes.get("strength", "")))
        if ms:
            self.script.add(Pause(ms))

    def prosody(self, node: Node, manner: _Manner) -> None:
        readers = {"rate": read_rate, "pitch": read_pitch, "volume": read_volume}
        said = {
            name: _understood(node, lambda read=read, value=node.attributes[name]: read(value.strip()))
            for name, read in readers.items()
            if name in node.attributes
        }
        self.inside(node, replace(manner, prosody=_times(manner.prosody, Prosody(**said))))

    def emphasis(self, node: Node, manner: _Manner) -> None:
        level = node.attributes.get("level", "moderate")
        if level not in _EMPHASES:
            raise node.bad(f"a level is one of {', '.join(_EMPHASES)}")
        self.inside(node, replace(manner, prosody=_times(manner.prosody, _EMPHASES[level])))

    def voice(self, node: Node, manner: _Manner) -> None:
        named = node.attributes.get("name", "").strip()
        if named and named not in self._voices:
            raise node.bad(f"no voice has the id {named[:40]}")
        chosen = replace(manner, voice=named, language=self._voices[named]) if named else manner
        # SSML 1.1 calls the wish for a language `languages`, 1.0 `xml:lang`.
        wished = node.attributes.get("languages", "").split()
        self.inside(node, self.spoken(node, replace(chosen, language=wished[0]) if wished else chosen))

    def sub(self, node: Node, manner: _Manner) -> None:
        if "alias" not in node.attributes:
            raise node.bad("sub needs an alias")
        self.script.say(node.attributes["alias"], manner)

    def say_as(self, node: Node, manner: _Manner) -> None:
        if not all(isinstance(part, str) for part in node.parts):
            raise node.bad("say-as holds a text and no elements")
        text = "".join(str(part) for part in node.parts)
        kind, form = node.attributes.get("interpret-as", ""), node.attributes.get("format", "")
        self.script.say(_understood(node, lambda: say_as(text, kind, manner.language, form)), manner)

    def audio(self, node: Node, manner: _Manner) -> None:
        source = node.attributes.get("src", "").strip()
        if not source:
            raise node.bad("audio needs a src")
        instead = _Reading(self._voices)
        instead.inside(node, manner)
        self.script.add(Recording(source=source, instead=tuple(instead.script.finished())))


def _understood(node: Node, read: Callable[[], T]) -> T:
    try:
        return read()
    except ValueError as error:
        raise node.bad(str(error)) from error


def _times(one: Prosody, other: Prosody) -> Prosody:
    """One inside the other; however deep they stand, no voice is asked for more than one of them may ask."""
    return Prosody(
        rate=min(max(one.rate * other.rate, 0.2), 5.0),
        pitch=min(max(one.pitch * other.pitch, 0.25), 4.0),
        volume=min(one.volume * other.volume, 4.0),
    )


ELEMENTS: dict[str, Callable[[_Reading, Node, _Manner], None]] = {
    "audio": _Reading.audio,
    "break": _Reading.pause,
    "desc": _Reading.nothing,
    "emphasis": _Reading.emphasis,
    "lang": _Reading.plain,
    "mark": _Reading.nothing,
    "meta": _Reading.nothing,
    "metadata": _Reading.nothing,
    "p": _Reading.paragraph,
    "phoneme": _Reading.plain,
    "prosody": _Reading.prosody,
    "s": _Reading.sentence,
    "say-as": _Reading.say_as,
    "sub": _Reading.sub,
    "token": _Reading.plain,
    "voice": _Reading.voice,
    "w": _Reading.plain,
}
