"""Members of campaigns as rows and back: what `sql/hot.sql` writes of them."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

import msgspec
from msgspec.structs import replace

from omnibound.domain.action import Speech
from omnibound.domain.changes import Changes
from omnibound.domain.member import Member, Result, Stand, Traits
from omnibound.domain.member import unpack as unpack_stand
from omnibound.store.database import Row

LARGEST: Final = 10**18
"""External ids below it are numbers that others follow."""

_encode = msgspec.msgpack.Encoder().encode
_member = msgspec.msgpack.Decoder(tuple[Speech | None, dict[str, Any] | None, Traits, tuple[tuple[str, str], ...]])
_traits = msgspec.msgpack.Decoder(Traits)
_NO_TRAITS = Traits()
_NOTHING_SAID = (None, None, _NO_TRAITS, ())
T = TypeVar("T")


def traits(changes: Changes) -> list[Row]:
    """What clients say of members, each once a campaign."""
    said = dict.fromkeys((m.account, m.campaign, m.traits) for m in changes.traits)
    return [(account, campaign, each.key, _encode(each)) for account, campaign, each in said]


def members(changes: Changes) -> list[Row]:
    """People of campaigns; what only some have is kept apart."""
    keys = _each(lambda traits: traits.key, [m.traits for m in changes.members])
    stands = _each(Stand.pack, [m.stand for m in changes.members])
    return [
        (
            m.id, m.account, m.campaign, m.phone, m.external, m.external.casefold(), stand, key,
            m.due_at, m.not_before, m.detail, m.created_at, m.changed_at, _body(m),
        )
        for m, stand, key in zip(changes.members, stands, keys, strict=True)
    ]  # fmt: skip


def _each(number: Callable[[T], int], nouns: list[T]) -> Iterator[int]:
    """A number of each. Many share one noun, not only an equal one: told apart by identity, none has to be compared."""
    places = list(map(id, nouns))
    numbers = {place: number(noun) for place, noun in dict(zip(places, nouns, strict=True)).items()}
    return map(numbers.__getitem__, places)


def revised(changes: Changes) -> list[Row]:
    """People as their clients want them now; the last word of each counts. How they stand only `results` say."""
    return [
        (m.phone, m.external, m.external.casefold(), m.traits.key, m.not_before, m.changed_at, _body(m), m.id)
        for m in {each.id: each for each in changes.revised}.values()
    ]


def _body(member: Member) -> bytes | None:
    said = member.speech, member.custom, member.traits, member.answers
    return None if said == _NOTHING_SAID else _encode(said)


def to_member(row: Row) -> Member:
    """A row of `members`, its columns in their order."""
    id_, account, campaign, phone, external, stand, due_at, not_before, detail, made, at, body = row
    speech, custom, traits_, answers = _member.decode(body) if body else (None, None, _NO_TRAITS, ())
    return Member(
        id=id_, account=account, campaign=campaign, phone=phone, external=external, speech=speech, custom=custom,
        traits=traits_, not_before=not_before, stand=unpack_stand(stand), detail=detail, due_at=due_at,
        answers=answers, created_at=made, changed_at=at,
    )  # fmt: skip


def without_speech(body: bytes | None) -> bytes | None:
    """The body of a member without what it was told; what its client wants to have back stays."""
    if not body:
        return body
    speech, custom, traits_, answers = _member.decode(body)
    return _encode((replace(speech, text="", ssml=""), custom, traits_, answers)) if speech else body


def to_traits(body: bytes) -> Traits:
    """What a client says of members, from its row."""
    return _traits.decode(body)


def joined(changes: Changes) -> list[Row]:
    """How many members come to a campaign, by how they stand."""
    stands = Counter((m.account, m.campaign, m.stand, m.traits) for m in changes.joined)
    return [
        (account, campaign, stand.pack(), traits_.key, number)
        for (account, campaign, stand, traits_), number in stands.items()
    ]


def tops(changes: Changes) -> list[Row]:
    """The greatest number that a campaign has for an external id."""
    found: dict[tuple[int, str], list[int]] = {}
    for account, campaign, number in _numbered(changes):
        found.setdefault((account, campaign), []).append(number)
    return [(*campaign, max(numbers)) for campaign, numbers in found.items()]


def _numbered(changes: Changes) -> Iterator[tuple[int, str, int]]:
    for m in changes.tops:
        external = m.external
        if external.isdecimal() and external.isascii() and (number := int(external[-100:])) < LARGEST:
            yield m.account, m.campaign, number


def judged(changes: Changes) -> list[Row]:
    """Who is changed: a row a member."""
    return [(id_,) for id_ in dict.fromkeys(each.id for each in changes.leaving)]


def results(changes: Changes) -> list[Row]:
    """What calls change in members: a row a member."""
    whole: dict[int, Result] = {}
    for result in changes.results:
        earlier = whole.get(result.id)
        whole[result.id] = result if earlier is None else result.after(earlier)
    return [(r.bits, r.keep, r.detail, r.due_at, r.changed_at, r.id) for r in whole.values()]
