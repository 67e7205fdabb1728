"""What campaigns are made of and share, by kind: what each must be, and who uses it. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from omnibound.domain.calendar import check_calendar
from omnibound.domain.campaign import Campaign
from omnibound.domain.errors import Invalid
from omnibound.domain.flow import DAY, HOUR, SECOND, Effect, Move
from omnibound.domain.outbound import (
    LIMITS,
    MOST_RESULTS,
    QUEUE_DIALER,
    STANDARD,
    CallResult,
    Dialer,
    Queue,
    ResultSet,
    Schedule,
    Script,
)
from omnibound.domain.status import Reason

DEFAULT: Final = "default"
"""What the part of a kind that every account has is called beside its id."""

MOST_NUMBERED: Final = 255
"""Call results of a set, those that were taken out of it included: people stand by their numbers for ever."""

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_HEXADECIMAL: Final = re.compile(r"[0-9a-fA-F]{32}", re.ASCII)
_NAME_LENGTH: Final = 200
_TEXT_LENGTH: Final = 100
_QUESTION_LENGTH: Final = 1_000
_MOST_LINES: Final = 10_000
_MOST_ABANDONED: Final = 20_000
_MOST_OVERDIAL: Final = 1_000
_MOST_QUESTIONS: Final = 100
_LONGEST_WAIT: Final = 365 * DAY

_R = Reason
AGENTS_REASONS: Final = tuple(dict.fromkeys(result.reason for result in STANDARD.results))
"""What an agent may mean."""
EFFECTIVE: Final = (
    *AGENTS_REASONS, _R.UNREACHABLE, _R.REJECTED, _R.ABANDONED, _R.LOST_RINGING, _R.INVALID_NUMBER, _R.BARRED,
    _R.MEDIA_REFUSED, _R.SKIPPED, _R.AGENT_REJECTED,
)  # fmt: skip
"""Reasons that a set may have another effect for. Who does not want to be called is never called again by one."""
MOVES: Final = (Move.STOP, Move.NEXT, Move.STRIKE, Move.LATER, Move.AGAIN)

Part = Dialer | Queue | ResultSet | Schedule | Script


def check_dialer(dialer: Dialer) -> None:
    """Raises Invalid, naming the member that is wrong; so do the others."""
    _in_range("lines", 1, dialer.lines, _MOST_LINES)
    _in_range("abandoned", 0, dialer.abandoned, _MOST_ABANDONED)
    _in_range("abandon_wait", 0, dialer.abandon_wait, 2 * SECOND)
    _in_range("overdial", 0, dialer.overdial, _MOST_OVERDIAL)


def check_queue(queue: Queue) -> None:
    """See `check_dialer`."""
    _in_range("wrap_up", 0, queue.wrap_up, HOUR)
    _text("no_result", queue.no_result, _TEXT_LENGTH, least=0)


def check_results(results: ResultSet) -> None:
    """See `check_dialer`."""
    if len(results.results) > MOST_RESULTS:
        raise Invalid(f"must not be more than {MOST_RESULTS}", "results")
    for place, result in enumerate(results.results):
        field = f"results[{place}]"
        _text(f"{field}.text", result.text, _TEXT_LENGTH)
        if result.reason not in AGENTS_REASONS:
            raise Invalid(f"must be one of {_words(AGENTS_REASONS)}", f"{field}.reason")
        _in_range(f"{field}.wait", 0, result.wait, _LONGEST_WAIT)
    _unlike([result.text for result in results.results], "results[{place}].text")
    _check_charges("limits", results.limits, MOST_REDIALS)
    _check_charges("pauses", results.pauses, _LONGEST_WAIT)
    for reason, effect in results.effects.items():
        _check_effect(reason, effect)


MOST_REDIALS: Final = 100


def _check_charges(field: str, given: Mapping[str, int], most: int) -> None:
    for charge, value in given.items():
        if charge not in LIMITS:
            raise Invalid(f"must be one of {', '.join(LIMITS)}", f"{field}.{charge}")
        _in_range(f"{field}.{charge}", 0, value, most)


def _check_effect(reason: Reason, effect: Effect) -> None:
    field = f"effects.{reason.name.lower()}"
    if reason not in EFFECTIVE:
        raise Invalid(f"must be one of {_words(EFFECTIVE)}", field)
    if effect.move not in MOVES:
        raise Invalid(f"must be one of {_words(MOVES)}", f"{field}.move")
    if effect.charge and effect.charge not in LIMITS:
        raise Invalid(f"must be one of {', '.join(LIMITS)}", f"{field}.charge")
    _in_range(f"{field}.wait", 0, effect.wait, _LONGEST_WAIT)


def check_schedule(schedule: Schedule) -> None:
    """See `check_dialer`."""
    check_calendar(schedule.calendar)


def check_script(script: Script) -> None:
    """See `check_dialer`."""
    if len(script.questions) > _MOST_QUESTIONS:
        raise Invalid(f"must not be more than {_MOST_QUESTIONS}", "questions")
    for place, question in enumerate(script.questions):
        field = f"questions[{place}]"
        _text(f"{field}.text", question.text, _QUESTION_LENGTH)
        if len(question.answers) > _MOST_QUESTIONS:
            raise Invalid(f"must not be more than {_MOST_QUESTIONS}", f"{field}.answers")
        for index, answer in enumerate(question.answers):
            _text(f"{field}.answers[{index}]", answer, _QUESTION_LENGTH)
        _unlike(question.answers, f"{field}.answers[{{place}}]")
    _unlike([question.text for question in script.questions], "questions[{place}].text")


def _text(field: str, text: str, most: int, least: int = 1) -> None:
    if not least <= len(text.strip()) <= len(text) <= most or "\0" in text:
        raise Invalid(f"has {least} to {most} characters, and no NUL", field)


def _in_range(field: str, least: int, value: int, most: int) -> None:
    if not least <= value <= most:
        raise Invalid("is out of range", field)


def _unlike(texts: Sequence[str], field: str) -> None:
    """No two differ in their case only. `field` has a place for the second one."""
    seen = set[str]()
    for place, text in enumerate(texts):
        if text.casefold() in seen:
            raise Invalid("is there already", field.format(place=place))
        seen.add(text.casefold())


def _words(values: Iterable[Any]) -> str:
    return ", ".join(value.name.lower() for value in values)


# --- numbers of call results ------------------------------------------------------------------------------------------


def numbered(before: ResultSet | None, after: ResultSet) -> ResultSet:
    """With a number for each result: one that was given to a text, or is named with it, stays; no other text gets it.

    What is not in it any more is `former`. Raises Invalid where numbers are wrong or used up.
    """
    known = (*before.results, *before.former) if before else ()
    numbers = {result.text.casefold(): result.number for result in known}
    given = {result.number for result in known}
    last = max(given, default=0)
    made: list[CallResult] = []
    for place, result in enumerate(after.results):
        number = result.number or numbers.get(result.text.casefold(), 0)
        if number and number not in given:
            raise Invalid("is not the number of a result of this set", f"results[{place}].number")
        last += not number
        made.append(replace(result, number=number or last))
    _check_numbers(made)
    used = {result.number for result in made}
    former = tuple([result for result in known if result.number not in used])
    return replace(after, results=tuple(made), former=former)


def _check_numbers(results: Sequence[CallResult]) -> None:
    seen = set[int]()
    for place, result in enumerate(results):
        field = f"results[{place}].number"
        if result.number in seen:
            raise Invalid("is the number of another result", field)
        if result.number > MOST_NUMBERED:
            raise Invalid(f"a set has had {MOST_NUMBERED} results: make another one", field)
        seen.add(result.number)


# --- the kinds --------------------------------------------------------------------------------------------------------


def _as_it_is(_before: Any, after: Any) -> Any:
    return after


class PartKind(NamedTuple):
    """A kind of part: `word` names it in paths, commands and rows.

    `used` is the id that a campaign names, `put` the campaign with the part, as much of it as it has copied.
    `hexadecimal`: clients want its ids to be 32 digits; chosen ones that are not are refused. `always`: what every
    account has. `copied`: campaigns follow when it changes. `joined`: what becomes of it, by what it was before.
    """

    word: str
    noun: type[Any]
    check: Callable[[Any], None]
    used: Callable[[Campaign], str]
    put: Callable[[Campaign, Any], Campaign]
    hexadecimal: bool = False
    always: Any = None
    copied: bool = False
    joined: Callable[[Any, Any], Any] = _as_it_is

    def read_id(self, text: str) -> str:
        """An id as it is kept: digits in capitals where it is made of them."""
        if text == DEFAULT and self.always is not None:
            return str(self.always.id)
        return text.upper() if self.hexadecimal and _HEXADECIMAL.fullmatch(text) else text


def _naming(member: str) -> Callable[[Campaign, Part], Campaign]:
    """Of what is not copied the id is kept."""

    def put(campaign: Campaign, part: Part) -> Campaign:
        return replace(campaign, **{member: part.id})

    return put


def _results_of(campaign: Campaign) -> str:
    return campaign.results.id if campaign.results else ""


def _with_results(campaign: Campaign, results: ResultSet) -> Campaign:
    return replace(campaign, results=results)


def _with_schedule(campaign: Campaign, schedule: Schedule) -> Campaign:
    return replace(campaign, schedule=schedule.id, calendar=schedule.calendar)


_KINDS: Final = (
    PartKind(
        "dialer", Dialer, check_dialer, attrgetter("dialer"), _naming("dialer"), hexadecimal=True, always=QUEUE_DIALER
    ),
    PartKind("queue", Queue, check_queue, attrgetter("queue"), _naming("queue"), hexadecimal=True),
    PartKind("results", ResultSet, check_results, _results_of, _with_results, copied=True, joined=numbered),
    PartKind("schedule", Schedule, check_schedule, attrgetter("schedule"), _with_schedule, copied=True),
    PartKind("script", Script, check_script, attrgetter("script"), _naming("script")),
)
PARTS: Final[Mapping[str, PartKind]] = {kind.word: kind for kind in _KINDS}
"""By their words."""


def check_part(kind: PartKind, part: Part) -> None:
    """Raises Invalid, naming the member that is wrong."""
    if kind.hexadecimal and not _HEXADECIMAL.fullmatch(part.id):
        raise Invalid(f"an id of a {kind.word} has 32 hexadecimal digits; without one it is made", "id")
    if not _ID.fullmatch(part.id) or part.id == DEFAULT:
        words = "an id has 1 to 64 letters, digits, dots, dashes and underscores; a letter or digit is first"
        raise Invalid(words, "id")
    _text("name", part.name, _NAME_LENGTH)
    kind.check(part)
