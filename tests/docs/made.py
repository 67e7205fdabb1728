"""The tables of the documents that are made from code. `python -m tests.docs.made` writes them anew.

A made table stands between `<!-- made: NAME -->` and `<!-- end -->`. The column "meaning" of a row is kept as it is on
the page, unless the code itself has words for it: prose belongs to whoever writes the page.
"""

import ast
import inspect
import re
import types
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import NODEFAULT, Meta, Struct

from omnibound.channels.base import Common
from omnibound.channels.base.client import HttpSettings
from omnibound.channels.fcm import Settings as FcmSettings
from omnibound.channels.sip.settings import Settings as SipSettings
from omnibound.channels.smpp.settings import Settings as SmppSettings
from omnibound.channels.smtp.settings import Settings as SmtpSettings
from omnibound.config import (
    Config,
    EngineTable,
    LawTable,
    MoneyTable,
    NodesTable,
    ReportsTable,
    RetentionTable,
    RouteTable,
    RoutingTable,
    SecurityTable,
    SpeechTable,
    VoiceTable,
)
from omnibound.config_watching import AlertingTable, AlertTable, LogTable, MetricsTable, OtelTable
from omnibound.dialects.conpeek.settings import ConpeekSettings
from omnibound.dialects.infobip_omni import schemas
from omnibound.dialects.infobip_omni.blocks import kakao, push, sms, whatsapp
from omnibound.dialects.infobip_omni.blocks.table import BLOCKS
from omnibound.dialects.infobip_omni.codes import ERRORS, STATUSES
from omnibound.dialects.infobip_omni.errors import GENERAL, NO_METHOD, ON_MESSAGES, ON_SCENARIOS, Problem
from omnibound.dialects.infobip_omni.meanings import Code, code_of
from omnibound.dialects.infobip_omni.reading_profiles import ProfileIn
from omnibound.dialects.infobip_omni.settings import OmniSettings
from omnibound.dialects.sinch_obi.settings import ObiSettings
from omnibound.dialects.sinch_obi.words import WORDS as OBI_WORDS
from omnibound.domain.ageing import AGES
from omnibound.domain.live import Note, Said
from omnibound.domain.status import MEANINGS, Reason, Status
from omnibound.voice.speech.voices import ENGINES, Voice
from tests.docs.made_commands import commands
from tests.docs.made_watching import actions, alert_kinds, metrics
from tests.docs.pages import PAGES, rows

Kept = Mapping[str, str]
"""First cell of a row -> its meaning, as the page has it."""

FIRST_CALL_REASON = Reason.ANSWERED
_MADE = re.compile(r"(<!-- made: ([\w-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


# -- Settings ----------------------------------------------------------------------------------------------------


def words_of(type_: Any) -> str:
    """A field's type as a person reads it in a configuration."""
    origin, args = get_origin(type_), get_args(type_)
    if origin is Annotated:
        return words_of(args[0])
    if origin is Literal:
        return ", ".join(str(each) for each in args)
    if origin in (Union, types.UnionType):
        return " or ".join(words_of(each) for each in args if each is not type(None))
    if origin is tuple:
        return f"list of {words_of(args[0])}"
    if origin is dict:
        return "table"
    plain: dict[Any, str] = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    return plain.get(type_, "table")


def description_of(type_: Any) -> str:
    """The words that the code itself has for a field: the description of its Meta."""
    metas = [each for each in get_args(type_)[1:] if isinstance(each, Meta)] if get_origin(type_) is Annotated else []
    return next((meta.description for meta in metas if meta.description), "")


def said_below(struct: type[Struct]) -> dict[str, str]:
    """Field -> the string that stands below it in the code."""
    (tree,) = ast.parse(inspect.getsource(struct)).body
    assert isinstance(tree, ast.ClassDef)
    found: dict[str, str] = {}
    for field, words in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(words, ast.Expr):
            value = words.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                found[field.target.id] = " ".join(value.value.split())
    return found


def default_of(field: Any) -> str:
    """A field's default as TOML would say it."""
    if field.default is NODEFAULT:
        factory: Any = field.default_factory
        return "**required**" if factory is NODEFAULT else "none" if not factory() else "see below"
    value = field.default
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if value is None or value in ("", ()):
        return "none"
    return "see below" if isinstance(value, Struct) else f"`{value}`"


def settings(*structs: type[Struct], without: Iterable[str] = ()) -> Callable[[Kept], str]:
    """The table of the fields that the last struct has and those before it have not."""

    def table(kept: Kept) -> str:
        struct = structs[-1]
        hints = get_type_hints(struct, include_extras=True)
        below = said_below(struct)
        left_out = {*without, *(name for base in structs[:-1] for name in base.__struct_fields__)}
        again = {"channel", "window"} if len(structs) > 1 else set[str]()
        lines = ["| setting | type | default | meaning |", "|---|---|---|---|"]
        for field in msgspec.structs.fields(struct):
            if field.name in left_out and not _differs(struct, structs[:-1], field.name, again):
                continue
            name = f"`{field.encode_name}`"
            meaning = description_of(hints[field.name]) or below.get(field.name, "") or kept.get(name, "")
            lines.append(f"| {name} | {words_of(hints[field.name])} | {default_of(field)} | {meaning} |")
        return "\n".join(lines)

    return table


def _differs(struct: type[Struct], bases: tuple[type[Struct], ...], name: str, again: set[str]) -> bool:
    """Whether a kind has a default of its own for what all kinds have."""
    if name not in again:
        return False
    own = next(default_of(field) for field in msgspec.structs.fields(struct) if field.name == name)
    return all(own != default_of(f) for base in bases for f in msgspec.structs.fields(base) if f.name == name)


# -- OMNI --------------------------------------------------------------------------------------------------------


def reasons(_kept: Kept) -> str:
    """What each reason reads like in OMNI's report, on the two channels that there are."""
    lines = ["| reason | what it says | SMS | PUSH |", "|---|---|---|---|"]
    for reason in Reason:
        if reason < FIRST_CALL_REASON:
            sms, push = (_code(code_of(reason, channel)) for channel in ("SMS", "PUSH"))
            lines.append(f"| `{reason.name.lower()}` | {MEANINGS[reason].words} | {sms} | {push} |")
    return "\n".join(lines)


def _code(code: Code) -> str:
    status, error = STATUSES[code.status], ERRORS[code.error]
    return f"{status.group_id}/{status.id} {status.name}; {error.id} {error.name}"


def problems(kept: Kept) -> str:
    """The error envelope."""
    every = [*ON_SCENARIOS.values(), *ON_MESSAGES.values(), NO_METHOD, GENERAL]
    told = {problem[:3]: problem for problem in every}
    ordered: list[Problem] = sorted(
        told.values(), key=lambda problem: (problem.status, problem.message_id, problem.text)
    )
    lines = ["| messageId and text | HTTP | meaning |", "|---|---|---|"]
    for problem in ordered:
        name = f"`{problem.message_id}` {problem.text}"
        lines.append(f"| {name} | {problem.status} | {kept.get(name, '')} |")
    return "\n".join(lines)


OBJECTS: dict[str, type[Struct]] = {
    "body of a send": schemas.SendIn,
    "body of a simple send": schemas.TextIn,
    "`destinations[]`": schemas.DestinationIn,
    "`to`": schemas.To,
    **{f"`{block.member}`": block.struct for block in BLOCKS},
    "`sms.language`": sms.Language,
    "`sms.regional.indiaDlt`": sms.IndiaDlt,
    "`sms.regional.korea`": sms.Korea,
    "`push.notificationOptions`": push.NotificationOptions,
    "`whatsApp.mediaTemplateData`": whatsapp.MediaTemplate,
    "`whatsApp.mediaTemplateData.header`": whatsapp.Header,
    "`whatsApp.mediaTemplateData.body`": whatsapp.Body,
    "`whatsApp.mediaTemplateData.buttons[]`": whatsapp.TemplateButton,
    "`whatsApp.contacts[]`": whatsapp.Contact,
    "`whatsApp.contacts[].name`": whatsapp.Name,
    "`whatsApp.contacts[].addresses[]`": whatsapp.Address,
    "`whatsApp.contacts[].emails[]`": whatsapp.Mail,
    "`whatsApp.contacts[].org`": whatsapp.Organisation,
    "`whatsApp.contacts[].phones[]`": whatsapp.Phone,
    "`whatsApp.contacts[].urls[]`": whatsapp.Site,
    "`kakaoAlim.buttons[]`": kakao.AlimButton,
    "`kakaoChingu.buttons[]`": kakao.ChinguButton,
    "person of a campaign": ProfileIn,
    "body of a scenario": schemas.ScenarioIn,
    "`flow[]`": schemas.StepIn,
}


def members(kept: Kept) -> str:
    """The members that are understood, by object."""
    lines = ["| object | members | meaning |", "|---|---|---|"]
    for name, struct in OBJECTS.items():
        names = ", ".join(f"`{field.encode_name}`" for field in msgspec.structs.fields(struct))
        lines.append(f"| {name} | {names} | {kept.get(name, '')} |")
    return "\n".join(lines)


# -- OBI ---------------------------------------------------------------------------------------------------------


def obi_words(_kept: Kept) -> str:
    """What each reason that calls and agents give reads like in OBI."""
    lines = ["| reason | what it says | callResult | classifier |", "|---|---|---|---|"]
    for reason in Reason:
        if reason >= FIRST_CALL_REASON:
            result, classifier = (f"`{word}`" if word else "-" for word in OBI_WORDS[reason])
            lines.append(f"| `{reason.name.lower()}` | {MEANINGS[reason].words} | {result} | {classifier} |")
    return "\n".join(lines)


# -- The lifecycle -----------------------------------------------------------------------------------------------


def ages(_kept: Kept) -> str:
    """How an attempt ages: a line a word, a column a status."""
    head = [status.name.lower() for status in Status]
    lines = [f"| said | {' | '.join(head)} |", "|---" * (len(head) + 1) + "|"]
    for said in Said:
        cells = [_aged(*AGES[status, said], was=status) for status in Status]
        lines.append(f"| **{said.name.lower()}** | {' | '.join(cells)} |")
    return "\n".join(lines)


def _aged(status: Status, note: Note, *, was: Status) -> str:
    stays = "·" if status is was else status.name.lower()
    return stays if note is Note.NONE else f"{stays} ({note.name.lower()})"


# -- The pages ---------------------------------------------------------------------------------------------------

TABLES_OF_THEIR_OWN = (
    "sections", "connectors", "voices", "routes", "routing", "money",
    "engine", "reports", "retention", "security", "speech", "voice", "law",
    "nodes", "log", "metrics", "otel", "alerting", "alerts",
)  # fmt: skip

TABLES: dict[str, Callable[[Kept], str]] = {
    "config": settings(Config, without=TABLES_OF_THEIR_OWN),
    "engine": settings(EngineTable),
    "nodes": settings(NodesTable),
    "reports": settings(ReportsTable),
    "retention": settings(RetentionTable),
    "security": settings(SecurityTable),
    "speech": settings(SpeechTable),
    "telephone": settings(VoiceTable),
    "law": settings(LawTable),
    "routes": settings(RouteTable),
    "routing": settings(RoutingTable),
    "money": settings(MoneyTable),
    "voice": settings(Voice),
    **{f"voice-{name}": settings(Voice, engine) for name, engine in ENGINES.items()},
    "omni": settings(OmniSettings),
    "conpeek": settings(ConpeekSettings),
    "obi": settings(ObiSettings),
    "connector": settings(Common),
    "smpp": settings(Common, SmppSettings),
    "sip": settings(Common, SipSettings),
    "smtp": settings(Common, SmtpSettings),
    "http": settings(Common, HttpSettings),
    "fcm": settings(Common, HttpSettings, FcmSettings),
    "omni-reasons": reasons,
    "omni-problems": problems,
    "obi-words": obi_words,
    "omni-members": members,
    "ages": ages,
    "commands": commands,
    "log": settings(LogTable),
    "metrics": settings(MetricsTable),
    "otel": settings(OtelTable),
    "alerting": settings(AlertingTable),
    "alerts": settings(AlertTable),
    "alert-kinds": alert_kinds,
    "all-metrics": metrics,
    "actions": actions,
}


def made(text: str) -> str:
    """A page with its made tables as they have to be. Raises KeyError for a table that nobody makes."""

    def anew(match: re.Match[str]) -> str:
        kept = {row[0]: row[-1] for row in rows(match[3])}
        return f"{match[1]}{TABLES[match[2]](kept)}\n{match[4]}"

    return _MADE.sub(anew, text)


def names(text: str) -> list[str]:
    """The made tables of a page."""
    return [match[2] for match in _MADE.finditer(text)]


def write(pages: Iterable[Path] = PAGES) -> None:
    """Write every page's made tables anew."""
    for page in pages:
        text = page.read_text()
        if names(text):
            page.write_text(made(text))


if __name__ == "__main__":
    write()
