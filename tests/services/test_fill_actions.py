"""What actions say and ask for with somebody's values: how each is written where it stands."""

import json

import pytest

from omnibound.domain.action import Action, Deed, Request, Speech
from omnibound.domain.campaign import Campaign
from omnibound.domain.errors import Invalid
from omnibound.domain.member import Member
from omnibound.domain.push import Asked
from omnibound.services.fill_actions import call_values, check_templates, fill_request, filled_actions
from omnibound.services.fill_speech import public_id
from omnibound.wire.templates import LONGEST

NAME = 'A "&" <b>\n/?ą'
MEMBER = Member(
    id=5, account=7, campaign="c", phone="+48 600", custom={"name": NAME, "n": 3, "yes": True, "gone": None}
)
VALUES = call_values(MEMBER, "3", "123")
URL = "https://a.example/"


ROWS: dict[str, tuple[Request, str, Asked]] = {
    "in a URL": (
        Request(url=f"{URL}{{{{ voice_sms.name }}}}?k={{{{ call.key }}}}&d={{{{ call.digits }}}}", method="GET"),
        f"{URL}A%20%22%26%22%20%3Cb%3E%0A%2F%3F%C4%85?k=3&d=123",
        Asked(method="GET", body=""),
    ),
    "in a header": (
        Request(url=URL, headers={"X-Name": "{{ voice_sms.name }}"}), URL,
        Asked(headers={"X-Name": 'A "&" <b> /?ą'}, body=""),
    ),
    "in JSON, which a body is": (
        Request(
            url=URL, method="PUT",
            body='{"n": {{ voice_sms.n }}, "y": {{ voice_sms.yes }}, "g": "{{ voice_sms.gone }}"}',
        ),
        URL, Asked(method="PUT", headers={"Content-Type": "application/json"}, body='{"n": 3, "y": true, "g": ""}'),
    ),
    "in a form": (
        Request(url=URL, headers={"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
                body="n={{ voice_sms.name }}&p={{ voice_sms.contact_number }}"), URL,
        Asked(headers={"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
              body="n=A%20%22%26%22%20%3Cb%3E%0A%2F%3F%C4%85&p=%2B48%20600"),
    ),
    "in XML": (
        Request(url=URL, headers={"Content-Type": "application/soap+xml"}, body="<a>{{ voice_sms.name }}</a>"), URL,
        Asked(headers={"Content-Type": "application/soap+xml"}, body="<a>A &#34;&amp;&#34; &lt;b&gt;\n/?ą</a>"),
    ),
    "in a text": (
        Request(url=URL, headers={"Content-Type": "text/plain"}, body="{{ voice_sms.name }}"), URL,
        Asked(headers={"Content-Type": "text/plain"}, body=NAME),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", ROWS)
def test_request(what: str) -> None:
    request, url, asked = ROWS[what]
    assert fill_request(request, VALUES) == (url, asked)


def test_a_value_in_json_stays_one() -> None:
    member = Member(id=5, account=7, campaign="c", phone="1", custom={"name": '", "admin": "\\', "list": [1, "a"]})
    request = Request(url=URL, body='{"name": "{{ voice_sms.name }}", "list": {{ voice_sms.list }}}')
    _, asked = fill_request(request, call_values(member, "1", "1"))
    assert json.loads(asked.body or "") == {"name": '", "admin": "\\', "list": [1, "a"]}


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (Request(url=f"{URL}{{{{"), "url"),
        (Request(url=URL, headers={"a": "{{ 1 + }}"}), "headers.a"),
        (Request(url=URL, body="{% for a in b %}{% endfor %}"), "body"),
    ],
)
def test_templates_that_could_never_be_filled(request_: Request, field: str) -> None:
    actions = (Action(on="1", do=Deed.REPEAT), Action(on="2", do=Deed.HTTP, http=request_))
    with pytest.raises(Invalid) as refused:
        check_templates(Campaign(id="c", account=7, name="C", actions=actions))
    assert refused.value.field == f"actions[1].http.{field}"


def test_what_actions_say_has_the_members_values() -> None:
    http = Request(url=f"{URL}{{{{ call.digits }}}}")
    ask = Action(on="1", do=Deed.HTTP, http=http, play=Speech(text="Bye {{ voice_sms.id }}"))
    repeat = Action(on="2", do=Deed.REPEAT)
    said = Speech(text=f"Bye {public_id(5)}")
    assert filled_actions([ask, repeat], MEMBER, {}) == (Action(on="1", do=Deed.HTTP, http=http, play=said), repeat)


@pytest.mark.parametrize(
    "action",
    [
        Action(on="1", do=Deed.PLAY, play=Speech(ssml="<a>")),
        Action(on="1", do=Deed.HTTP, http=Request(url=URL, body="{{ voice_sms.nobody > 3 }}")),
        Action(on="1", do=Deed.HTTP, http=Request(url=URL, body="{{ voice_sms.name }}" + "x" * LONGEST)),
    ],
    ids=["no SSML", "nothing to compare with", "too long"],
)
def test_what_cannot_be_filled(action: Action) -> None:
    with pytest.raises(Invalid):
        filled_actions([action], MEMBER, {})
