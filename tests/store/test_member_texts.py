"""Columns of texts as they are written: people whose attributes differ share them, and who lacks one is not in it."""

from typing import Any

import msgspec

from omnibound.domain.changes import Changes
from omnibound.domain.member import Member
from omnibound.store.member_texts import texts
from omnibound.store.patterns import BETWEEN


def member(id_: int, campaign: str = "c", external: str = "", custom: dict[str, Any] | None = None) -> Member:
    return Member(id=id_, account=1, campaign=campaign, phone=f"+48 {id_}", external=external, custom=custom)


def test_each_text_is_in_the_column_of_its_name_with_its_member() -> None:
    people = [
        member(1, external="A", custom={"City": "Bern", "Age": 30}),
        member(2, external="B", custom={"City": None, "Age": 31}),
        member(3, custom={"Age": True, "City": "Łódź"}),
        member(4, custom={}),
        member(5, custom={"city": ["x"]}),
        member(6, external="F"),
        member(7, campaign="d", external="A", custom={"City": f"a{BETWEEN}b"}),
        member(8, external="H", custom={"City": None, "Age": None}),
    ]
    found: dict[tuple[str, str], list[dict[int, str]]] = {}
    for account, campaign, name, first, _, last, body in texts(Changes(members=people)):
        ids, joined = msgspec.msgpack.decode(body, type=tuple[list[int], str])
        assert (account, first, last) == (1, min(ids), max(ids))
        found.setdefault((campaign, name), []).append(dict(zip(ids, joined.split(BETWEEN), strict=True)))
    assert found == {
        ("c", "numbers"): [{n: f"+48 {n}" for n in (1, 2, 8, 3, 4, 5, 6)}],
        ("c", "external"): [{1: "a", 2: "b", 8: "h", 6: "f"}],
        ("c", "=city"): [{1: "bern", 3: "łódź"}, {5: '["x"]'}],
        ("c", "=age"): [{1: "30", 2: "31", 3: "true"}],
        ("d", "numbers"): [{7: "+48 7"}],
        ("d", "external"): [{7: "a"}],
        ("d", "=city"): [{7: "a b"}],
    }
