import contextlib
from typing import Any, Literal
from xml.etree.ElementTree import Element

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from omnibound.wire.xml.parsing import parse
from omnibound.wire.xml.reading import MAX_DEPTH, SLICE, read_any, read_in_slices, reader_of
from tests.xml_writing import planted


class Item(Struct, rename="camel", omit_defaults=True):
    name: str | None = None
    own_id: str | None = None


class Whole(Struct, rename="camel", omit_defaults=True):
    items: list[Item | None] | Item | None = None
    one: Item | None = None
    words: list[str] | None = None
    anything: list[Any] | None = None
    count: int | None = None
    amount: int | float | str | None = None
    share: float | None = None
    flag: bool | None = None
    word: Literal["A", "B"] | None = None
    text: str | None = None
    open_: dict[str, Any] | None = msgspec.field(name="open", default=None)


class Guide(Struct):
    flag: bool
    words: list[str]
    share: float
    things: list[dict[str, Any]]
    map: dict[str, Any]


def read(inside: str) -> Any:
    return reader_of(Whole, {"open": Guide})(parse(f"<whole>{inside}</whole>".encode()))


A, B = {"name": "a"}, {"name": "b"}
ONE, TWO = "<name>a</name>", "<name>b</name>"


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        # Lists: a child of any name is an item, the list may be its element repeated, one item may come bare.
        (f"<items><item>{ONE}</item><item>{TWO}</item></items>", {"items": [A, B]}),
        (f"<items><items>{ONE}</items><items>{TWO}</items></items>", {"items": [A, B]}),
        (f"<items><x>{ONE}</x><y>{TWO}</y></items>", {"items": [A, B]}),
        (f"<items>{ONE}</items><items>{TWO}</items>", {"items": [A, B]}),
        (f"<items><item>{ONE}</item></items><text/><items>{TWO}</items>", {"text": "", "items": [A, B]}),
        (f"<items>{ONE}</items>", {"items": [A]}),
        ("<items/>", {"items": []}),
        ("<items> \n </items>", {"items": []}),
        ("<items><item/></items>", {"items": [{}]}),
        ("<items><item><unknown>1</unknown></item></items>", {"items": [{"unknown": "1"}]}),
        ("<words><word>a</word><word/></words>", {"words": ["a", ""]}),
        ("<words><words>a</words></words>", {"words": ["a"]}),
        ("<words>a</words><words>b</words>", {"words": ["a", "b"]}),
        ("<words/>", {"words": []}),
        ("<anything><a>1</a><a><b>2</b></a></anything>", {"anything": ["1", {"b": "2"}]}),
        # What stands in the wrong place is left for msgspec to refuse.
        ("<items>a</items>", {"items": "a"}),
        ("<items><item>a</item></items>", {"items": ["a"]}),
        ("<one>a</one>", {"one": "a"}),
        ("<one><name><b>1</b></name></one>", {"one": {"name": {"b": "1"}}}),
        ("<text><b>1</b></text>", {"text": {"b": "1"}}),
        ("<count><b>1</b></count>", {"count": {"b": "1"}}),
        ("<open>a</open>", {"open": "a"}),
        # Objects and texts.
        ("<one/>", {"one": {}}),
        (f"<one>{ONE}</one><one>{TWO}</one>", {"one": B}),
        ("<one> x <name>a</name> y </one>", {"one": A}),
        ("<text> a\nb </text>", {"text": " a\nb "}),
        ("<text>a<!-- b -->c<![CDATA[<d>]]></text>", {"text": "ac<d>"}),
        ("<unknown><a/></unknown>", {}),
        # Numbers, flags, words of a list.
        ("<count> 5 </count>", {"count": 5}),
        ("<count>-1.5</count>", {"count": -1.5}),
        ("<count>five</count>", {"count": "five"}),
        ("<count>1_000</count>", {"count": "1_000"}),
        (f"<count>{'9' * 50}</count>", {"count": "9" * 50}),
        ("<count/>", {"count": None}),
        ("<share>0.25</share>", {"share": 0.25}),
        ("<amount>5</amount>", {"amount": "5"}),
        ("<flag>true</flag>", {"flag": True}),
        ("<flag> FALSE </flag>", {"flag": False}),
        ("<flag>1</flag>", {"flag": True}),
        ("<flag>yes</flag>", {"flag": "yes"}),
        ("<flag/>", {"flag": None}),
        ("<word> A </word>", {"word": "A"}),
        ("<word/>", {"word": None}),
        # A guide says what is meant by a member that may hold anything.
        (
            "<open><flag>true</flag><words><words>a</words></words><share>-0.5</share><x>1</x></open>",
            {"open": {"flag": True, "words": ["a"], "share": -0.5}},
        ),
        ("<open><things><x><a>1</a></x></things></open>", {"open": {"things": [{"a": "1"}]}}),
        ("<open><map><map>1</map></map></open>", {"open": {"map": {"map": "1"}}}),
        ("<open/>", {"open": {}}),
    ],
)
def test_what_is_read(inside: str, expected: Any) -> None:
    assert read(inside) == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("<a>1</a>", "1"),
        ("<a/>", ""),
        ("<a><b>1</b></a>", {"b": "1"}),
        ("<a><b>1</b><c/></a>", {"b": "1", "c": ""}),
        ("<a><b>1</b><b>2</b></a>", ["1", "2"]),
        ("<a><b>1</b><c/><b>2</b></a>", {"b": ["1", "2"], "c": ""}),
        ("<a><a>1</a></a>", ["1"]),
        ("<as><a>1</a></as>", ["1"]),
    ],
)
def test_what_a_thing_is_by_its_looks(document: str, expected: Any) -> None:
    assert read_any(parse(document.encode())) == expected


def test_depth_is_bounded_where_no_type_bounds_it() -> None:
    deepest = "<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH
    deeper = f"<x><x><x>{deepest}</x></x></x>"
    assert read(f"<open><map>{deepest}</map></open>")
    for place in ("one", "text", "anything"):
        with pytest.raises(ValueError, match=f"nested more than {MAX_DEPTH} deep"):
            read(f"<{place}>{deeper}</{place}>")
    with pytest.raises(ValueError, match=f"nested more than {MAX_DEPTH} deep"):
        read(f"<open><map>{deeper}</map></open>")
    assert read(f"<unknown>{deepest * 2}</unknown>") == {}


# -- Long lists --------------------------------------------------------------------------------------------------

LONG = SLICE * 2 + 1


@pytest.mark.parametrize(
    ("inside", "pauses"),
    [
        ("", 0),
        ("<items><item><name>n</name></item></items>", 0),
        ("<items>" + "<item><name>n</name></item>" * LONG + "</items>", 3),
        ("<items>" + "<item/>" * SLICE + "</items>", 0),
        (
            "<text>t</text><items>"
            + "<item/>" * LONG
            + "</items><words>"
            + "<w>x</w>" * LONG
            + "</words><count>1</count>",
            6,
        ),
        ("<items>" + "<item/>" * LONG + "</items><items><item/></items>", 0),
        ("<words>" + "<w>x</w>" * LONG + "</words> mixed", 3),
        ("<open>" + "".join(f"<k{n}>{n}</k{n}>" for n in range(LONG)) + "</open>", 0),
        ("<open>" + "<k>1</k>" * LONG + "</open>", 0),
        ("<one>" + "<name>n</name>" * LONG + "</one>", 0),
        ("<unknown>" + "<k>1</k>" * LONG + "</unknown>", 0),
    ],
)
def test_long_lists_are_read_with_pauses(inside: str, pauses: int) -> None:
    body, reader = f"<whole>{inside}</whole>".encode(), reader_of(Whole, {"open": Guide})
    work, paused = read_in_slices(reader, parse(body)), 0
    while True:
        try:
            next(work)
        except StopIteration as done:
            told = done.value
            break
        paused += 1
    assert (paused, told) == (pauses, reader(parse(body)))


# -- Any value there is, in both spellings of lists ---------------------------------------------------------------

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff"), min_size=1)
ITEMS = st.builds(Item, name=TEXTS | st.none(), own_id=TEXTS | st.none())
WHOLES = st.builds(
    Whole,
    items=st.lists(ITEMS) | st.none(),
    one=ITEMS | st.none(),
    words=st.lists(TEXTS) | st.none(),
    count=st.integers(-(2**63), 2**63 - 1) | st.none(),
    amount=TEXTS | st.none(),
    share=st.floats(allow_nan=False, allow_infinity=False) | st.none(),
    flag=st.booleans() | st.none(),
    word=st.sampled_from(["A", "B"]) | st.none(),
    text=TEXTS | st.none(),
    open_=st.fixed_dictionaries({"map": st.dictionaries(st.sampled_from("xyz"), TEXTS)}) | st.none(),
)


@given(WHOLES, st.sampled_from(["", "item", "x"]))
def test_whatever_is_written_is_read(whole: Whole, item: str) -> None:
    root = Element("root")
    for name, value in msgspec.to_builtins(whole).items():
        planted(root, name, value, item)
    assert msgspec.convert(reader_of(Whole, {"open": Guide})(root), Whole) == whole


TREES = st.recursive(
    TEXTS, lambda inner: st.lists(st.tuples(st.sampled_from(["items", "one", "open", "count", "words", "x"]), inner))
)


@given(TREES)
def test_any_tree_is_read_or_refused(tree: Any) -> None:
    def grown(name: str, inside: Any) -> Element:
        element = Element(name)
        if isinstance(inside, str):
            element.text = inside
        else:
            element.extend([grown(*child) for child in inside])
        return element

    with contextlib.suppress(ValueError, msgspec.ValidationError):
        msgspec.convert(reader_of(Whole, {"open": Guide})(grown("whole", tree)), Whole)
