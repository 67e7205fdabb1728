import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.wire.negotiate import accepted, answer_format, body_format, charset, media_type


@pytest.mark.parametrize(
    ("header", "media"),
    [
        ("application/json", "application/json"),
        ("Application/JSON; charset=UTF-8", "application/json"),
        (" text/xml ;q=1", "text/xml"),
        ("", ""),
    ],
)
def test_media_type(header: str, media: str) -> None:
    assert media_type(header) == media


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ""),
        ("application/xml", ""),
        ("application/xml; charset=UTF-8", "UTF-8"),
        ('text/xml;a=b; Charset = "iso-8859-2"', "iso-8859-2"),
        ("text/xml; charset", ""),
    ],
)
def test_charset(header: str, expected: str) -> None:
    assert charset(header) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "json"),
        ("  ", "json"),
        ("application/json", "json"),
        ("application/json;charset=utf-8", "json"),
        ("text/json", "json"),
        ("application/problem+json", "json"),
        ("application/xml", "xml"),
        ("text/xml; charset=utf-8", "xml"),
        ("application/soap+xml", "xml"),
        ("application/x-www-form-urlencoded", ""),
        ("text/plain", ""),
        ("image/svg+xml", ""),
        ("json", ""),
    ],
)
def test_body_format(header: str, expected: str) -> None:
    assert body_format(header) == expected


@pytest.mark.parametrize(
    ("accept", "content_type", "expected"),
    [
        ("application/json", "application/xml", "json"),
        ("application/xml", "application/json", "xml"),
        ("application/json; charset=utf-8", "", "json"),
        ("", "", "json"),
        ("", "application/json", "json"),
        ("", "application/xml", "xml"),
        ("*/*", "application/xml", "xml"),
        ("*/*", "application/json", "json"),
        ("text/html, */*; q=0.1", "application/xml", "xml"),
        ("text/html", "", "json"),
        ("application/xml;q=0.5, application/json;q=0.9", "", "json"),
        ("application/xml, application/json", "", "xml"),
        ("application/xml;q=0, application/json;q=0.1", "application/xml", "json"),
        ("application/xml;q=nonsense, application/json;q=0.1", "", "json"),
        ("*/*;q=1, application/xml;q=0.2", "application/json", "xml"),
        (",,", "", "json"),
    ],
)
def test_answer_format(accept: str, content_type: str, expected: str) -> None:
    assert answer_format(accept, content_type) == expected


def test_only_what_is_offered_is_answered() -> None:
    assert answer_format("application/xml", "application/xml", ("json",)) == "json"


@given(st.text(), st.text())
def test_any_header_has_an_answer(accept: str, content_type: str) -> None:
    assert answer_format(accept, content_type) in ("json", "xml")


OFFERED = ("application/json", "application/xml", "text/html")


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", "application/json"),
        (" ", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("text/*", "text/html"),
        ("application/xml", "application/xml"),
        ("Application/XML; charset=utf-8", "application/xml"),
        ("application/json;q=0.5, application/xml", "application/xml"),
        ("*/*, application/xml", "application/xml"),
        ("image/png", ""),
        ("image/png, */*;q=0.1", "application/json"),
        ("application/json;q=0", ""),
        ("application/json;q=x", ""),
        (",;=", ""),
    ],
)
def test_what_a_client_likes_best_of_what_is_offered(accept: str, media: str) -> None:
    assert accepted(accept, OFFERED) == media
