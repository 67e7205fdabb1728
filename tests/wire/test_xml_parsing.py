import contextlib
import random
import time
from xml.etree.ElementTree import Element

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omnibound.wire.xml.parsing import MAX_EQUALS, MAX_SLICES, MAX_TAGS, SLICE, as_utf8, parse, parse_in_slices

SAMPLE = """<?xml version="1.0" encoding="UTF-8"?>
<request><!-- a --><to kind="x">41</to>
  <text>a &amp; b &#x142; <![CDATA[<!DOCTYPE & ]]></text><e/></request>"""


def flat(element: Element) -> list[tuple[str, str]]:
    return [(each.tag, each.text or "") for each in element.iter()]


def test_a_document_is_a_tree() -> None:
    assert flat(parse(SAMPLE.encode())) == [
        ("request", ""),
        ("to", "41"),
        ("text", "a & b ł <!DOCTYPE & "),
        ("e", ""),
    ]


# -- Encodings ---------------------------------------------------------------------------------------------------

LETTERS = "<a>żółć</a>"


def declared(encoding: str, text: str = LETTERS) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>{text}'


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (LETTERS.encode(), ""),
        (b"\xef\xbb\xbf" + LETTERS.encode(), ""),
        (b"\xef\xbb\xbf" + declared("utf-8").encode(), "utf-8"),
        (declared("UTF-8").encode(), ""),
        (declared("utf-16").encode("utf-16"), ""),
        (declared("UTF-16LE").encode("utf-16-le"), ""),
        (declared("UTF-16BE").encode("utf-16-be"), "utf-16"),
        (LETTERS.encode("utf-16-be"), ""),
        (declared("ISO-8859-2").encode("iso-8859-2"), ""),
        (declared("windows-1250").encode("windows-1250"), ""),
        # The header wins over the declaration (RFC 7303, 3), and what reads as ASCII is no UTF-16, whatever it says.
        (declared("UTF-8").encode("iso-8859-2"), "ISO-8859-2"),
        (declared("utf-16").encode(), ""),
    ],
)
def test_encodings(body: bytes, charset: str) -> None:
    assert parse(body, charset).text == "żółć"


@pytest.mark.parametrize(
    ("body", "charset", "words"),
    [
        (LETTERS.encode("iso-8859-2"), "", "not well-formed XML"),
        (declared("UTF-7").encode(), "", "the encoding utf-7 is not understood"),
        (declared("EBCDIC-CP-BE").encode(), "", "the encoding ebcdic-cp-be is not understood"),
        (b"<a/>", "zlib_codec", "the encoding zlib_codec is not understood"),
        (b"<a/>", "unicode_escape", "the encoding unicode_escape is not understood"),
        (b"<a/>", "x" * 99, f"the encoding {'x' * 40} is not understood"),
        ("<a/>".encode("utf-16")[:-1], "", "not utf-16"),
        ("<a/>".encode("utf-32"), "", "not"),
        (declared("windows-1252").encode() + b"\x81", "", "not windows-1252"),
    ],
)
def test_encodings_that_are_refused(body: bytes, charset: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse(body, charset)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])))
def test_every_encoding_is_the_same_document(text: str) -> None:
    text = f"<a>{text}</a>"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
        assert as_utf8(text.encode(encoding)) == text.encode()


# -- What is refused ---------------------------------------------------------------------------------------------

BOMB = '<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize(
    "doctype",
    [
        BOMB,
        "<!DOCTYPE a>",
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://x"> %p;]>',
    ],
)
def test_no_document_type(doctype: str, encoding: str) -> None:
    for before in ("", "<!-- x -->", "<?x y?>\n"):
        with pytest.raises(ValueError, match=r"document type is not allowed"):
            parse(f"{before}{doctype}<a>&c;</a>".encode(encoding))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "no element found"),
        (b" ", "no element found"),
        (b"{}", "not well-formed"),
        (b"<a>", "no element found"),
        (b"<a></b>", "mismatched tag"),
        (b"<a/><b/>", "junk after document element"),
        (b"<a>&b;</a>", "undefined entity"),
        (b"<a>&#0;</a>", "invalid character number"),
        (b"<a>\0</a>", "not well-formed"),
        (b"<a>\x08</a>", "not well-formed"),
        (b"<a>\xed\xa0\x80</a>", "not well-formed"),
        (b"<a>\xc0\xaf</a>", "not well-formed"),
        (b'<a b="1" b="2"/>', "duplicate attribute"),
        (b"<x:a/>", "unbound prefix"),
        (b"<!doctype a><a/>", "not well-formed"),
        (b"<a/><!DOCTYPE a>", "not well-formed"),
        (b"<a" + b">" * 3 + b"<!DOCTYPE a>", "not well-formed"),
        (b"<!DOCTYPE", "not well-formed|unclosed token|document type"),
        (b"<a>" * (MAX_TAGS + 1), "too many elements"),
        (b"<a>" + b"=" * (MAX_EQUALS + 1) + b"</a>", "too many elements or attributes"),
    ],
)
def test_what_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse(body)


def test_the_deepest_that_may_come_does_no_harm() -> None:
    depth = MAX_TAGS // 2
    root = parse(b"<a>" * depth + b"</a>" * depth)
    assert root.tag == "a"


def test_long_documents_come_in_slices() -> None:
    body = b"<a>" + b"<b>41793026727</b>" * 10_000 + b"</a>"
    slices = sum(1 for _ in parse_in_slices(body))
    assert (slices, len(parse(body))) == (-(-len(body) // SLICE), 10_000)


@pytest.mark.parametrize(
    ("start", "inside", "end"),
    [(b"<a><!--", b">", b"--></a>"), (b'<a b="', b">", b'"/>'), (b"<", b"a", b"/>"), (b"<a>", b"\n", b"</a>")],
)
def test_one_long_piece_is_not_read_again_and_again(start: bytes, inside: bytes, end: bytes) -> None:
    body = start + inside * (8 * 1024 * 1024) + end
    begun = time.process_time()
    assert sum(1 for _ in parse_in_slices(body)) <= MAX_SLICES + 1
    assert time.process_time() - begun < 3


# -- Namespaces --------------------------------------------------------------------------------------------------


def test_namespaces_are_left_out() -> None:
    root = parse(b'<o:a xmlns:o="urn:o" xmlns="urn:p"><b>1</b><o:c/></o:a>')
    assert flat(root) == [("a", ""), ("b", "1"), ("c", "")]


def test_nil_is_absent() -> None:
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    root = parse(f'<a {xsi}><b xsi:nil="true"/><c xsi:nil=" 1 "/><d xsi:nil="false">1</d><e nil="true"/></a>'.encode())
    assert flat(root) == [("a", ""), ("d", "1"), ("e", "")]


# -- Anything at all ---------------------------------------------------------------------------------------------


@given(st.binary(max_size=200), st.sampled_from(["", "utf-8", "utf-16", "iso-8859-1", "nonsense"]))
@example(b"\xff\xfe<", "")
@example(b"<\0", "")
def test_any_bytes_are_a_tree_or_a_value_error(body: bytes, charset: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(parse(body, charset), Element)


@given(st.randoms(use_true_random=False))
def test_a_mutated_document_is_a_tree_or_a_value_error(chance: random.Random) -> None:
    body = bytearray(SAMPLE.encode(chance.choice(["utf-8", "utf-16"])))
    for _ in range(chance.randint(1, 6)):
        at, length = chance.randrange(len(body)), chance.randint(0, 8)
        body[at : at + length] = chance.choice(
            [b"", chance.randbytes(3), bytes(body[at - 9 : at]), b"<", b"&x;", b"]]>"]
        )
    with contextlib.suppress(ValueError):
        assert isinstance(parse(bytes(body)), Element)
