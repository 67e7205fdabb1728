"""Dialers, queues, call results, schedules and scripts as they come and go: one line of a table a kind."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, NamedTuple, get_type_hints

from msgspec import UNSET, Meta, Struct, UnsetType, defstruct, field, structs

from omnibound.api.base import Ask, word
from omnibound.api.campaign_words import read_reason
from omnibound.api.hours import HoursIO, read_calendar, write_hours
from omnibound.domain.errors import Invalid
from omnibound.domain.flow import SECOND, Effect, Move
from omnibound.domain.outbound import (
    LIMITS,
    STANDARD,
    CallResult,
    Dialer,
    Question,
    Queue,
    ResultSet,
    Schedule,
    Script,
)
from omnibound.domain.parts import PARTS, Part, PartKind

Name = Annotated[str, Meta(max_length=200)]
NewId = Annotated[str, Meta(max_length=64, description="Your id for it; made if it is left out.")]
HexId = Annotated[str, Meta(max_length=64, description="32 hexadecimal digits; made if it is left out.")]
Seconds = Annotated[float, Meta(ge=0, le=31_536_000)]
MoveWord = Literal["stop", "next", "strike", "later", "again"]


class DialerIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Starts the calls of its campaigns."""

    name: Name
    id: HexId = ""
    lines: Annotated[int, Meta(ge=1, le=10_000, description="Calls at once over all its campaigns.")] = 30
    abandoned_percent: Annotated[float, Meta(ge=0, le=20, description="Answered calls that may find no agent.")] = 1.0
    abandon_wait_s: Annotated[float, Meta(ge=0, le=2, description="How long such a call waits for one.")] = 2.0
    overdial_percent: Annotated[int, Meta(ge=0, le=1_000, description="Calls beyond free agents, by busy ones.")] = 0


class QueueIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Agents that take the answered calls of campaigns."""

    name: Name
    id: HexId = ""
    wrap_up_s: Annotated[float, Meta(ge=0, le=3_600, description="How long agents may take to name a result.")] = 60
    no_result: Annotated[str, Meta(max_length=100, description="The text of the result where they name none.")] = ""


class ResultIO(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an agent may say: the text, what it means, and the wait until another call. `number` names it for ever."""

    text: str
    reason: str
    wait_s: Seconds = 0
    number: Annotated[int, Meta(ge=0, le=255)] = 0


class EffectIO(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a reason leads to. `charge` (`busy`, `not_reached`, `machine`, `redial`) is what it uses up."""

    move: MoveWord
    wait_s: Seconds = 0
    charge: str = ""


_STANDARD: tuple[ResultIO, ...] = tuple(ResultIO(text=each.text, reason=word(each.reason)) for each in STANDARD.results)


class ResultSetIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What agents may say, and what reasons lead to. A text keeps its number; without `results` the usual ones."""

    name: Name
    id: NewId = ""
    results: tuple[ResultIO, ...] = field(default_factory=lambda: _STANDARD)
    limits: Annotated[dict[str, int], Meta(description="Rounds after the first, by charge: `busy`, ...")] = {}
    pauses_s: Annotated[dict[str, Seconds], Meta(description="Before the next round, by charge.")] = {}
    effects: Annotated[dict[str, EffectIO], Meta(description="What differs, by reason.")] = {}


class ScheduleIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours that campaigns share."""

    name: Name
    id: NewId = ""
    hours: tuple[HoursIO, ...] = ()
    closed: Annotated[tuple[str, ...], Meta(description="Dates on which nobody is called.")] = ()
    zone: Annotated[str, Meta(description="An IANA name; by each number if left out.")] = ""


class QuestionIO(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A question, and the answers to choose from; none: free text."""

    text: str
    answers: tuple[str, ...] = ()


class ScriptIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What agents ask. `interactive`: one question at a time."""

    name: Name
    id: NewId = ""
    questions: tuple[QuestionIO, ...] = ()
    interactive: Annotated[bool, Meta(description="One question at a time.")] = False


class PartsWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to go on, and how much."""

    after: Annotated[str, Meta(max_length=64, description="The last id of the page before.")] = ""
    limit: Annotated[int, Meta(ge=1, le=1_000, description="How many a page.")] = 100


# --- reading and writing ----------------------------------------------------------------------------------------------


def _read_dialer(wish: DialerIn) -> Dialer:
    return Dialer(
        id=wish.id, name=wish.name, lines=wish.lines, abandoned=_thousandths(wish.abandoned_percent),
        abandon_wait=int(wish.abandon_wait_s * SECOND), overdial=wish.overdial_percent,
    )  # fmt: skip


def _thousandths(percent: float) -> int:
    """Raises Invalid for more decimals than are kept."""
    found = round(percent * 1_000)
    if found / 1_000 != percent:
        raise Invalid("has at most 3 decimals", "abandoned_percent")
    return found


def _write_dialer(dialer: Dialer) -> dict[str, Any]:
    return {
        "lines": dialer.lines, "abandoned_percent": dialer.abandoned / 1_000,
        "abandon_wait_s": dialer.abandon_wait / SECOND, "overdial_percent": dialer.overdial,
    }  # fmt: skip


def _read_queue(wish: QueueIn) -> Queue:
    return Queue(id=wish.id, name=wish.name, wrap_up=int(wish.wrap_up_s * SECOND), no_result=wish.no_result)


def _write_queue(queue: Queue) -> dict[str, Any]:
    return {"wrap_up_s": queue.wrap_up / SECOND, "no_result": queue.no_result}


def _read_results(wish: ResultSetIn) -> ResultSet:
    return ResultSet(
        id=wish.id, name=wish.name,
        results=tuple(_read_result(each, f"results[{place}]") for place, each in enumerate(wish.results)),
        limits={**LIMITS, **wish.limits},
        pauses={charge: int(seconds * SECOND) for charge, seconds in wish.pauses_s.items()},
        effects={read_reason(name, f"effects.{name}"): _read_effect(each) for name, each in wish.effects.items()},
    )  # fmt: skip


def _read_result(result: ResultIO, field: str) -> CallResult:
    reason = read_reason(result.reason, f"{field}.reason")
    return CallResult(text=result.text, reason=reason, number=result.number, wait=int(result.wait_s * SECOND))


def _read_effect(effect: EffectIO) -> Effect:
    return Effect(move=Move[effect.move.upper()], wait=int(effect.wait_s * SECOND), charge=effect.charge)


def _write_results(results: ResultSet) -> dict[str, Any]:
    return {
        "results": tuple(map(_write_result, results.results)), "former": tuple(map(_write_result, results.former)),
        "limits": dict(results.limits),
        "pauses_s": {charge: wait / SECOND for charge, wait in results.pauses.items()},
        "effects": {word(reason): _write_effect(effect) for reason, effect in results.effects.items()},
    }  # fmt: skip


def _write_result(result: CallResult) -> ResultIO:
    return ResultIO(text=result.text, reason=word(result.reason), wait_s=result.wait / SECOND, number=result.number)


def _write_effect(effect: Effect) -> EffectIO:
    move: Any = word(effect.move)
    return EffectIO(move=move, wait_s=effect.wait / SECOND, charge=effect.charge)


def _read_schedule(wish: ScheduleIn) -> Schedule:
    return Schedule(id=wish.id, name=wish.name, calendar=read_calendar(wish.hours, wish.closed, wish.zone))


def _write_schedule(schedule: Schedule) -> dict[str, Any]:
    calendar = schedule.calendar
    return {"hours": tuple(write_hours(calendar)), "closed": calendar.closed, "zone": calendar.zone}


def _read_script(wish: ScriptIn) -> Script:
    questions = tuple(Question(text=each.text, answers=each.answers) for each in wish.questions)
    return Script(id=wish.id, name=wish.name, questions=questions, interactive=wish.interactive)


def _write_script(script: Script) -> dict[str, Any]:
    questions = tuple(QuestionIO(text=each.text, answers=each.answers) for each in script.questions)
    return {"questions": questions, "interactive": script.interactive}


# --- the table --------------------------------------------------------------------------------------------------------


class Shape(NamedTuple):
    """A kind in the API: the word of its path and of a page's member, what comes, what goes, and what changes it."""

    kind: PartKind
    path: str
    many: str
    wish: type[Struct]
    told: type[Struct]
    page: type[Struct]
    change: type[Struct]
    read: Callable[[Any], Part]
    write: Callable[[Any], Mapping[str, Any]]

    def tell(self, part: Part) -> Struct:
        """A part as the API shows it."""
        return self.told(id=part.id, name=part.name, **self.write(part))

    def changed(self, part: Part, given: Mapping[str, Any]) -> Part:
        """Read as one that is made: so both know the same rules."""
        told = self.tell(part)
        members = {name: getattr(told, name) for name in self.wish.__struct_fields__}
        return self.read(self.wish(**{**members, **given}))


def _shape(
    word: str, path: str, wish: type[Struct], read: Callable[[Any], Part], write: Callable[[Any], Mapping[str, Any]],
    more: tuple[tuple[str, Any], ...] = (),
) -> Shape:  # fmt: skip
    """What is told and what changes it follow from what makes it."""
    stem, many = wish.__name__.removesuffix("In"), path.replace("-", "_")
    hints = get_type_hints(wish, include_extras=True)
    doc = {"__doc__": (wish.__doc__ or "").partition("\n")[0]}
    told = defstruct(f"{stem}Out", [*hints.items(), *more], frozen=True, kw_only=True, namespace=doc)
    page = defstruct(
        f"{stem}sOut", [(many, list[told])], frozen=True, kw_only=True,
        namespace={"__doc__": "A page, in the order of the ids."},
    )  # fmt: skip
    members: list[Any] = [(name, type_ | UnsetType, UNSET) for name, type_ in hints.items() if name != "id"]
    change = defstruct(
        f"{stem}Change", members, frozen=True, kw_only=True, forbid_unknown_fields=True,
        namespace={"__doc__": "What is to be otherwise; what is left out stays."},
    )  # fmt: skip
    return Shape(PARTS[word], path, many, wish, told, page, change, read, write)


SHAPES = (
    _shape("dialer", "dialers", DialerIn, _read_dialer, _write_dialer),
    _shape("queue", "queues", QueueIn, _read_queue, _write_queue),
    _shape(
        "results", "result-sets", ResultSetIn, _read_results, _write_results, (("former", tuple[ResultIO, ...]),)
    ),
    _shape("schedule", "schedules", ScheduleIn, _read_schedule, _write_schedule),
    _shape("script", "scripts", ScriptIn, _read_script, _write_script),
)  # fmt: skip


# --- operations -------------------------------------------------------------------------------------------------------


class PartOperations:
    """What is done with the parts of one kind."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape

    async def add(self, ask: Ask[None, Any]) -> Struct:
        """POST."""
        part = self._shape.read(ask.body)
        return self._shape.tell(await ask.services.parts.add(ask.account, self._shape.kind, part))

    async def page(self, ask: Ask[PartsWish, None]) -> Struct:
        """GET ?after=&limit=."""
        found = await ask.services.parts.page(ask.account, self._shape.kind, ask.query.after, ask.query.limit)
        return self._shape.page(**{self._shape.many: [self._shape.tell(part) for part in found]})

    async def one(self, ask: Ask[None, None]) -> Struct:
        """GET /{part}."""
        return self._shape.tell(await ask.services.parts.one(ask.account, self._shape.kind, ask.place["part"]))

    async def change(self, ask: Ask[None, Struct]) -> Struct:
        """PATCH /{part}."""
        given = {name: value for name, value in structs.asdict(ask.body).items() if value is not UNSET}
        if not given:
            raise Invalid("nothing to change: give at least one member")

        def changed(part: Part) -> Part:
            return self._shape.changed(part, given)

        made = await ask.services.parts.change(ask.account, self._shape.kind, ask.place["part"], changed)
        return self._shape.tell(made)

    async def remove(self, ask: Ask[None, None]) -> None:
        """DELETE /{part}."""
        await ask.services.parts.remove(ask.account, self._shape.kind, ask.place["part"])
