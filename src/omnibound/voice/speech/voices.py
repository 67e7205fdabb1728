"""`[[voices]]`: who can speak. The engines' own settings are here too, so that a table is read without starting one."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from omnibound.domain.errors import Invalid

Language = Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*\Z")]


class Voice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every voice has."""

    id: Annotated[str, Meta(min_length=1, max_length=100, description="yours; what requests and SSML name it by")]
    engine: Annotated[str, Meta(description="what speaks")]
    language: Annotated[Language, Meta(description="what it speaks, such as `pl` or `en-GB`")] = "en"


class EspeakVoice(Voice, frozen=True, kw_only=True):
    """espeak-ng, which comes with Omnibound and speaks over a hundred languages."""

    variant: Annotated[str, Meta(pattern=r"^[\w-]*\Z", description="one of its variants, such as `f2` or `m3`")] = ""
    rate: Annotated[int, Meta(ge=80, le=450, description="words a minute")] = 165
    pitch: Annotated[int, Meta(ge=0, le=99, description="from low to high")] = 50
    volume: Annotated[int, Meta(ge=0, le=200, description="percent")] = 100


class CommandVoice(Voice, frozen=True, kw_only=True):
    """A program that reads the text from its standard input and writes audio to its standard output."""

    command: Annotated[
        tuple[str, ...],
        Meta(min_length=1, description="program and arguments; `{out}` is a file to write to instead, `{language}`"),
    ]
    input: Annotated[Literal["text", "ssml"], Meta(description="what it reads")] = "text"


class PiperVoice(Voice, frozen=True, kw_only=True):
    """Piper: neural, offline; a model is a file of yours."""

    model: Annotated[str, Meta(min_length=1, description="path of the `.onnx` file")]
    program: Annotated[str, Meta(description="where piper is")] = "piper"


class RhvoiceVoice(Voice, frozen=True, kw_only=True):
    """RHVoice, as Debian packages it."""

    profile: Annotated[str, Meta(min_length=1, description="the name of its voice, such as `magda`")]
    program: Annotated[str, Meta(description="where RHVoice-test is")] = "RHVoice-test"


class HttpVoice(Voice, frozen=True, kw_only=True):
    """A speech service: the text is posted to it, it answers with audio."""

    url: Annotated[str, Meta(pattern="^https?://", description="where the text is posted to")]
    headers: Annotated[dict[str, str], Meta(description="headers of the request, such as a key")] = {}
    input: Annotated[Literal["text", "ssml"], Meta(description="what it reads")] = "text"
    text_field: Annotated[
        str, Meta(description="send JSON with the text as this member; none: the text is the body")
    ] = ""
    fields: Annotated[dict[str, Any], Meta(description="the other members of that JSON")] = {}


ENGINES: dict[str, type[Voice]] = {
    "espeak": EspeakVoice,
    "command": CommandVoice,
    "piper": PiperVoice,
    "rhvoice": RhvoiceVoice,
    "http": HttpVoice,
}


def read_voice(table: Mapping[str, Any]) -> Voice:
    """One `[[voices]]` table. Raises Invalid."""
    id_, engine = str(table.get("id", "")), str(table.get("engine", ""))
    kind = ENGINES.get(engine)
    if kind is None:
        raise Invalid(f"voice {id_!r}: engine is one of {', '.join(ENGINES)}", "voices")
    try:
        return msgspec.convert(table, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid(f"voice {id_!r}: {error}", "voices") from error


def read_voices(tables: Sequence[Mapping[str, Any]]) -> dict[str, Voice]:
    """All of them by id. Raises Invalid, also for an id given twice."""
    voices: dict[str, Voice] = {}
    for table in tables:
        voice = read_voice(table)
        if voice.id in voices:
            raise Invalid(f"two voices have the id {voice.id}", "voices")
        voices[voice.id] = voice
    return voices
