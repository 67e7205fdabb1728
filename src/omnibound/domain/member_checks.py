"""What a client may say of a person of a campaign, and what an agent may write down. Pure."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from msgspec.msgpack import encode

from omnibound.domain.calendar import Calendar, check_calendar
from omnibound.domain.errors import Invalid
from omnibound.domain.member import MOST_NUMBERS, PHONES, UNRANKED, Member, Traits
from omnibound.domain.number import NO_NUMBER, is_callable, number_key
from omnibound.domain.outbound import Script

LONGEST_ID: Final = 200
LONGEST_VALUE: Final = 10_000
LONGEST_ATTRIBUTES: Final = 200_000
MOST_ATTRIBUTES: Final = 200
LONGEST_PREVIEW_S: Final = 86_400


def check_member(member: Member) -> None:
    """Raises Invalid, naming the member that is wrong by the API's word for it; so do the others."""
    check_numbers(member.numbers)
    check_said(member)


def check_said(member: Member) -> None:
    """All but the numbers: of them another way to add people may have let more pass."""
    _check_id("external", member.external)
    _check_attributes(member.custom or {})
    _check_traits(member.traits)


@lru_cache(maxsize=10_000)
def _check_traits(traits: Traits) -> None:
    """Of which many have the same: looked at once."""
    _check_id("agent", traits.agent)
    if not 0 <= traits.priority <= UNRANKED:
        raise Invalid("is out of range", "priority")
    if not 0 <= traits.preview_s <= LONGEST_PREVIEW_S:
        raise Invalid("is out of range", "preview_s")
    check_calendar(Calendar(zone=traits.zone))


def _check_id(name: str, text: str) -> None:
    if len(text) > LONGEST_ID or "\0" in text:
        raise Invalid(f"has up to {LONGEST_ID} characters, and no NUL", name)


def check_numbers(numbers: Sequence[str]) -> None:
    """Those of one person, as they are given."""
    if not 1 <= len(numbers) <= MOST_NUMBERS:
        raise Invalid(f"must be 1 to {MOST_NUMBERS} numbers", "phones")
    for place, number in enumerate(numbers):
        if not is_callable(number_key(number)):
            raise Invalid(NO_NUMBER, f"phones[{place}]")


def _check_attributes(attributes: dict[str, Any]) -> None:
    if len(attributes) > MOST_ATTRIBUTES:
        raise Invalid(f"must not be more than {MOST_ATTRIBUTES}", "attributes")
    _check_names(tuple(attributes))
    for name, value in attributes.items():
        if isinstance(value, str) and len(value) > LONGEST_VALUE:
            raise Invalid("is too long, or has no name", f"attributes.{name}")
    try:
        size = len(encode(attributes))
    except (OverflowError, RecursionError) as error:
        raise Invalid("whole numbers have 64 bits at most", "attributes") from error
    if size > LONGEST_ATTRIBUTES:
        raise Invalid(f"must not be more than {LONGEST_ATTRIBUTES} octets", "attributes")


@lru_cache(maxsize=200)
def _check_names(names: Sequence[str]) -> None:
    """Many have attributes of the same names: looked at once."""
    for name in names:
        if name in PHONES:
            raise Invalid("is one of their numbers: it is given in `phones`", f"attributes.{name}")
        if not name.strip() or len(name) > LONGEST_ID:
            raise Invalid("is too long, or has no name", f"attributes.{name}")


def check_answers(script: Script | None, answers: Sequence[tuple[str, str]]) -> None:
    """Raises Invalid where a question is not the script's, or an answer none of those to choose from."""
    questions = {question.text: question for question in script.questions} if script else {}
    seen = set[str]()
    for place, (text, answer) in enumerate(answers):
        question = questions.get(text)
        if question is None:
            raise Invalid("is no question of the campaign's script", f"answers[{place}].question")
        if text in seen:
            raise Invalid("is answered already", f"answers[{place}].question")
        if question.answers and answer not in question.answers:
            raise Invalid(f"must be one of: {', '.join(question.answers)}", f"answers[{place}].answer")
        if len(answer) > LONGEST_VALUE or "\0" in answer:
            raise Invalid(f"has up to {LONGEST_VALUE} characters, and no NUL", f"answers[{place}].answer")
        seen.add(text)
