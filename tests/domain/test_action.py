"""What an action of a campaign may be."""

import pytest

from omnibound.domain.action import (
    LONGEST_HEADER,
    LONGEST_URL,
    MOST_HEADERS,
    Action,
    Deed,
    Request,
    Speech,
    check_actions,
)
from omnibound.domain.errors import Invalid

HOST = "https://a.example"
WORDS = Speech(text="Bye")


def asks(url: str = f"{HOST}/", **members: object) -> Action:
    return Action(on="1", do=Deed.HTTP, http=Request(url=url, **members))  # pyright: ignore[reportArgumentType]


TAKEN: dict[str, tuple[Action, ...]] = {
    "nothing": (),
    "each deed": (
        Action(on="1", do=Deed.PLAY, play=Speech(announcement="a")), Action(on="2", do=Deed.REPEAT),
        Action(on="*", do=Deed.OPT_OUT), Action(on="#", do=Deed.HANG_UP),
        Action(on="end", do=Deed.HTTP, http=Request(url=HOST)),
    ),
    "words behind it": (
        Action(on="1", do=Deed.OPT_OUT, play=WORDS), Action(on="2", do=Deed.HANG_UP, play=Speech(ssml="<p>a</p>")),
        Action(on="3", do=Deed.HTTP, play=WORDS, http=Request(url=HOST)),
    ),
    "a port, a query, a template": (asks("http://127.0.0.1:8080/a?b={{ voice_sms.id }}#c"),),
    "IPv6": (asks("http://[::1]:1/"),),
    "no path": (asks("HTTPS://A.example?x=ą"),),
    "headers": (asks(headers={"X-Id": "{{ voice_sms.id }}", "Content-Type": "text/plain"}, body="ą"),),
}  # fmt: skip

REFUSED: dict[str, tuple[Action, str]] = {
    "no key": (Action(on="A", do=Deed.REPEAT), ".on"),
    "nothing to play": (Action(on="1", do=Deed.PLAY), ".play"),
    "empty words": (Action(on="1", do=Deed.PLAY, play=Speech(voice="v")), ".play"),
    "empty words at the end": (Action(on="1", do=Deed.HANG_UP, play=Speech()), ".play"),
    "a repeat of something else": (Action(on="1", do=Deed.REPEAT, play=WORDS), ".play"),
    "no request": (Action(on="1", do=Deed.HTTP), ".http"),
    "a request for nothing": (Action(on="1", do=Deed.HANG_UP, http=Request(url=HOST)), ".http"),
    "no URL": (asks("a.example/"), ".http.url"),
    "another scheme": (asks("ftp://a.example/"), ".http.url"),
    "no host": (asks("https:///path"), ".http.url"),
    "a host by template": (asks("https://{{ voice_sms.host }}/"), ".http.url"),
    "a user": (asks("https://a:b@a.example/"), ".http.url"),
    "a port that there is not": (asks("https://a.example:70000/"), ".http.url"),
    "port 0": (asks("https://a.example:0/"), ".http.url"),
    "two lines": (asks("https://a.example/\r\nX: y"), ".http.url"),
    "too long": (asks(f"{HOST}/{'a' * LONGEST_URL}"), ".http.url"),
    "no method": (asks(method="post"), ".http.method"),
    "GET with a body": (asks(method="GET", body="a"), ".http.body"),
    "a header's name": (asks(headers={"a b": "c"}), ".http.headers.a b"),
    "our header": (asks(headers={"Host": "b.example"}), ".http.headers.Host"),
    "two lines of a header": (asks(headers={"a": "b\nc: d"}), ".http.headers.a"),
    "a long header": (asks(headers={"a": "b" * (LONGEST_HEADER + 1)}), ".http.headers.a"),
    "many headers": (asks(headers={f"a{n}": "b" for n in range(MOST_HEADERS + 1)}), ".http.headers"),
}


@pytest.mark.parametrize("what", TAKEN)
def test_taken(what: str) -> None:
    check_actions(TAKEN[what])


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what: str) -> None:
    action, field = REFUSED[what]
    with pytest.raises(Invalid) as refused:
        check_actions((Action(on="0", do=Deed.REPEAT), action))
    assert refused.value.field == f"actions[1]{field}"


def test_one_action_a_key() -> None:
    with pytest.raises(Invalid) as refused:
        check_actions((Action(on="0", do=Deed.REPEAT), Action(on="0", do=Deed.HANG_UP)))
    assert refused.value.field == "actions[1].on"
