"""What a campaign of messages says to each person."""

import pytest

from omnibound.domain.errors import Invalid
from omnibound.domain.member import Member
from omnibound.domain.message import Content
from omnibound.services.fill_messages import filled_messages

ANNA = Member(id=1, account=7, campaign="c", phone="48600100200", custom={"Name": "Anna", "n": 3})
HELLO = "Hello {{ voice_sms.Name }}"


def test_every_text_is_filled_at_any_depth() -> None:
    content = {
        "EMAIL": Content(text=HELLO, subject="{{ voice_sms.n }} new", options={"html": f"<p>{HELLO}</p>", "n": 1}),
        "PUSH": Content(text="Hi", options={"data": {"list": [HELLO, None, 2]}}),
    }
    assert filled_messages(content, ANNA) == {
        "EMAIL": Content(text="Hello Anna", subject="3 new", options={"html": "<p>Hello Anna</p>", "n": 1}),
        "PUSH": Content(text="Hi", options={"data": {"list": ["Hello Anna", None, 2]}}),
    }


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"SMS": Content(text="{{ 1 > voice_sms.None }}")}, "SMS.text"),
        ({"EMAIL": Content(text="x", subject="{{")}, "EMAIL.subject"),
        ({"PUSH": Content(text="x", options={"a": ["{% for x in y %}"]})}, "PUSH.options"),
    ],
)
def test_what_cannot_be_filled_says_where(content: dict[str, Content], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        filled_messages(content, ANNA)
    assert refused.value.field == field
