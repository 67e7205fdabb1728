"""SSML to pieces: what each element does, where an error stands, and that whatever comes is one or the other."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.wire.ssml import BadSsml, Pause, Piece, Prosody, Recording, Say, Span, read_ssml, read_text
from omnibound.wire.ssml.parsing import LONGEST
from omnibound.wire.ssml.reading import ELEMENTS, PARAGRAPH_MS, SENTENCE_MS

VOICES = {"anna": "pl", "kate": "en-GB"}


def say(*spans: Span | str, voice: str = "", language: str = "pl") -> Say:
    told = tuple(Span(span) if isinstance(span, str) else span for span in spans)
    return Say(voice=voice, language=language, spans=told)


def manner(**factors: float) -> Prosody:
    return Prosody(**factors)


S, P = Pause(SENTENCE_MS), Pause(PARAGRAPH_MS)
SLOW_LOUD = manner(rate=0.75, volume=1.5)

CASES: dict[str, tuple[str, list[Piece]]] = {
    "the seed's sample": (
        'Here are <say-as interpret-as="characters">SSML</say-as> samples',
        [say("Here are es, es, em, el samples")],
    ),
    "a text without a root": ("Witaj &amp; do zobaczenia", [say("Witaj & do zobaczenia")]),
    "a whole document": ('<?xml version="1.0"?>\n<speak version="1.1" xml:lang="pl-PL">Witaj</speak>', [
        say("Witaj", language="pl-PL")
    ]),
    "a namespace": ('<s:speak xmlns:s="http://www.w3.org/2001/10/synthesis"><s:p>a</s:p></s:speak>', [say("a")]),
    "a comment first": ("<!-- x --><speak>a<!-- b -->c</speak>", [say("ac")]),
    "CDATA": ("a <![CDATA[<b>]]>", [say("a <b>")]),
    "nothing": ("", []),
    "only space": ("<speak> \n </speak>", []),
    "space runs together": ("a\n\n   b <sub alias='c'>x</sub>  d ", [say("a b c d")]),
    "breaks": (
        '<break/>a<break time="1.5s"/>b<break time="20ms"/><break strength="none"/>c<break strength="strong"/>',
        [Pause(500), say("a"), Pause(1500), say("b"), Pause(20), say("c"), Pause(750)],
    ),
    "sentences and paragraphs": (
        "<p><s>A.</s><s>B.</s></p><p>C.</p>",
        [say("A."), S, say("B."), P, say("C.")],
    ),
    "a sentence in another language": (
        '<s>A</s><s xml:lang="de">zwei <say-as interpret-as="cardinal">2</say-as></s>',
        [say("A"), S, say("zwei zwei", language="de")],
    ),
    "prosody": (
        'a <prosody rate="slow" volume="loud">b</prosody> c',
        [say("a ", Span("b", SLOW_LOUD), " c")],
    ),
    "prosody in prosody": (
        '<prosody rate="50%" pitch="+12st"><prosody rate="300%">b</prosody></prosody>',
        [say(Span("b", manner(rate=1.5, pitch=2.0)))],
    ),
    "as it is anyway": ('a <prosody rate="100%">b</prosody> c', [say("a b c")]),
    "emphasis": (
        '<emphasis>a</emphasis><emphasis level="none">b</emphasis>',
        [say(Span("a", manner(rate=0.95, pitch=1.05, volume=1.2)), "b")],
    ),
    "a voice by its id": (
        'a <voice name="kate">b <say-as interpret-as="digits">1</say-as></voice> c',
        [say("a"), say("b one", voice="kate", language="en-GB"), say("c")],
    ),
    "a voice by its language": (
        '<voice languages="de fr">a</voice><voice xml:lang="it">b</voice>',
        [say("a", language="de"), say("b", language="it")],
    ),
    "a language": ('a <lang xml:lang="en">b</lang>', [say("a"), say("b", language="en")]),
    "what is said by its content": (
        '<phoneme alphabet="ipa" ph="x">a</phoneme> <w role="x">b</w> <token>c</token>',
        [say("a b c")],
    ),
    "what is not heard": ('a<mark name="x"/><metadata><x/></metadata><meta name="y"/> b', [say("a b")]),
    "a recording": (
        'a <audio src="5b7c"><desc>x</desc>no <break time="1s"/></audio> b<audio src=" https://x.example/y.wav "/>',
        [
            say("a"),
            Recording(source="5b7c", instead=(say("no"), Pause(1000))),
            say("b"),
            Recording(source="https://x.example/y.wav"),
        ],
    ),
    "attributes that nobody knows": ('<p class="x"><break time="1s" shout="no"/></p>', [Pause(1000)]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_pieces(name: str) -> None:
    text, pieces = CASES[name]
    assert read_ssml(text, "pl", VOICES) == pieces


DEEP = "<p>" * 70 + "</p>" * 70
KNOWN = ", ".join(sorted(ELEMENTS))
BAD: dict[str, tuple[str, str]] = {
    "an element nobody knows": (
        "<speak>a\n  <blink>b</blink></speak>",
        f"line 2, column 3: there is no element blink; there are: {KNOWN}",
    ),
    "the same without a root": ("żółć <blink/>", f"line 1, column 6: there is no element blink; there are: {KNOWN}"),
    "an element not closed": ("<speak>a<p>b</speak>", "line 1, column 15: not well-formed XML: mismatched tag"),
    "an ampersand": ("a &amp b", "line 1, column 7: not well-formed XML: invalid token"),
    "an ampersand further down": (
        "a\nbcdefghijk &amp l",
        "line 2, column 16: not well-formed XML: invalid token",
    ),
    "an entity": ("a &x;", "line 1, column 3: not well-formed XML: undefined entity"),
    "a second root": ("<speak/>\n<speak/>", "line 2, column 1: not well-formed XML: junk after document element"),
    "a root closed twice": ("a</speak><speak>", "line 1, column 10: not well-formed XML: junk after document element"),
    "another root": (
        "<?xml version='1.0'?><voice/>",
        "line 1, column 22: the outermost element is speak, not voice",
    ),
    "a document type": (
        '<!DOCTYPE speak [<!ENTITY a "b">]><speak>&a;</speak>',
        "line 1, column 17: a document type is not allowed",
    ),
    "a prefix": ("<amazon:effect/>", "line 1, column 1: not well-formed XML: unbound prefix"),
    "a NUL": ("a\0b", "line 1, column 2: not well-formed XML: invalid token"),
    "half a character": ("a\ud800", "line 1, column 2: not well-formed XML: invalid token"),
    "too deep": (DEEP, "line 1, column 190: nested more than 64 deep"),
    "too long": ("a" * (LONGEST + 1), f"line 1, column 1: longer than {LONGEST} characters"),
    "a value": (
        'a\n<say-as interpret-as="date">x</say-as>',
        "line 2, column 1: 'x' cannot be said as date: no date in digits",
    ),
    "a say-as with elements": (
        '<say-as interpret-as="digits"><p>1</p></say-as>',
        "line 1, column 1: say-as holds a text and no elements",
    ),
    "a break": ('<break time="5"/>', "line 1, column 1: a break's time is written as 500ms or 1.5s"),
    "a long break": ('<break time="61s"/>', "line 1, column 1: a break lasts at most 60s"),
    "a break's strength": (
        '<break strength="weird"/>',
        "line 1, column 1: a break's strength is one of none, x-weak, weak, medium, strong, x-strong",
    ),
    "a rate": (
        '<prosody rate="0"/>',
        "line 1, column 1: a rate is slow, 80%, +20% or 1.2, from 0.2 to 5",
    ),
    "a pitch in Hz": ('<prosody pitch="100Hz"/>', "line 1, column 1: a pitch is high, +10% or -2st"),
    "a volume": ('<prosody volume="+60dB"/>', "line 1, column 1: a volume is loud, +6dB, -20%, or 0 to 100"),
    "a level": (
        '<emphasis level="huge"/>',
        "line 1, column 1: a level is one of strong, moderate, none, reduced",
    ),
    "a voice": ('<voice name="bob"/>', "line 1, column 1: no voice has the id bob"),
    "a language": ('<lang xml:lang="x y"/>', "line 1, column 1: 'x y' is no language; write pl or en-GB"),
    "no alias": ("<sub>x</sub>", "line 1, column 1: sub needs an alias"),
    "no source": ('<audio src=" "/>', "line 1, column 1: audio needs a src"),
}


@pytest.mark.parametrize("name", BAD)
def test_errors_say_where_and_what(name: str) -> None:
    text, words = BAD[name]
    with pytest.raises(BadSsml) as raised:
        read_ssml(text, "pl", VOICES)
    assert str(raised.value) == words


def test_plain_text_is_said_as_it_stands() -> None:
    assert read_text(" a <b> & c\n\x07 d", "pl") == [say("a <b> & c d")]
    assert read_text(" \n", "pl") == []
    with pytest.raises(BadSsml, match="longer than"):
        read_text("a" * (LONGEST + 1), "pl")
    with pytest.raises(BadSsml, match="line 1, column 3"):
        read_text("ab\udcff", "pl")


def test_prosody_stays_within_what_voices_can() -> None:
    text = '<prosody rate="x-fast" pitch="x-high" volume="x-loud">' * 20 + "a" + "</prosody>" * 20
    assert read_ssml(text, "pl") == [say(Span("a", manner(rate=5.0, pitch=4.0, volume=4.0)))]


NAMES = st.sampled_from([*ELEMENTS, "speak", "blink"])
VALUE = st.sampled_from(["", "1", "1s", "50%", "+2st", "-3dB", "slow", "x", "anna", "de", "digits", "date", "9" * 40])
ATTRIBUTES = st.sampled_from(
    ["time", "strength", "rate", "pitch", "volume", "name", "xml:lang", "interpret-as", "format", "src", "alias"]
)


def element(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def written(name: str, attributes: dict[str, str], parts: list[str]) -> str:
        told = "".join(f' {key}="{value}"' for key, value in attributes.items())
        return f"<{name}{told}>{''.join(parts)}</{name}>"

    return st.builds(written, NAMES, st.dictionaries(ATTRIBUTES, VALUE, max_size=3), st.lists(inner, max_size=3))


DOCUMENTS: Any = st.recursive(st.sampled_from(["a ", "12", " ", "1.1.2026"]), element, max_leaves=12)


def read_or_error(text: str) -> list[Piece] | BadSsml:
    try:
        return read_ssml(text, "pl", VOICES)
    except BadSsml as error:
        return error


@given(st.one_of(DOCUMENTS, st.text(max_size=60), st.text("<>/&;'\"= abspeak", max_size=60)))
def test_whatever_comes_is_pieces_or_an_error_with_its_place(text: str) -> None:
    came = read_or_error(text)
    if isinstance(came, BadSsml):
        assert 1 <= came.line <= text.count("\n") + text.count("\r") + 1
        assert came.column >= 1
        return
    for piece in came:
        assert not isinstance(piece, Say) or "".join(span.text for span in piece.spans).strip()
        assert not isinstance(piece, Pause) or piece.ms > 0
