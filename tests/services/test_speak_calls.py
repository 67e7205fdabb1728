"""What calls say: a text, SSML or a recording becomes a clip; what cannot be said is a failure with a reason."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from omnibound.domain.action import Action, Deed, Request, Speech
from omnibound.domain.errors import Invalid, NotFound, Unavailable
from omnibound.domain.facts import Failure
from omnibound.domain.flow import Flow, Step
from omnibound.domain.member import Member
from omnibound.domain.message import Attempt, Content, Message
from omnibound.domain.status import Reason
from omnibound.services.check_dials import Dial
from omnibound.services.speak_calls import Said, SpeakCalls
from omnibound.wire.telephone import Choice, Script

pytestmark = pytest.mark.anyio

ERRORS: dict[str, Exception] = {
    "wrong": Invalid("there is nothing to say", "text"),
    "mute": Unavailable("the voice fails"),
}


class Booth:
    """Speaks nothing, and remembers what it was to say."""

    def __init__(self, verdict: Dial | Failure | None = None) -> None:
        self.said: list[Said] = []
        self._verdict = verdict
        self.speak = SpeakCalls(self._render, self._clip, self._check)

    async def _render(self, said: Said) -> Path:
        self.said.append(said)
        if said.text in ERRORS:
            raise ERRORS[said.text]
        return Path("/speech/one.clip")

    async def _clip(self, account: int, id_: str) -> Path:
        if id_ != "bell":
            raise NotFound(f"no announcement has the id {id_}", "id")
        return Path(f"/announcements/{account}.clip")

    async def _check(self, attempts: Sequence[Attempt]) -> dict[int, Dial | Failure]:
        return {} if self._verdict is None else {attempts[0].delivery: self._verdict}


def an_attempt(text: str = "", campaign: str = "", **options: Any) -> Attempt:
    step = Step(channel="VOICE")
    content = Content(text=text, options=options)
    message = Message(
        id=1, account=7, flow=Flow(steps=(step,)), content={"VOICE": content}, created_at=0, campaign=campaign
    )
    return Attempt(5, 1, step, "48600100200", content, message, 1)


ROWS: dict[str, tuple[dict[str, Any], Script | Failure, Said | None]] = {
    "a text": (
        {"text": "Hi", "language": "de"}, Script(clip="/speech/one.clip"), Said(account=7, text="Hi", language="de")
    ),
    "SSML in a voice": (
        {"ssml": "<speak/>", "voice": "v"}, Script(clip="/speech/one.clip"), Said(account=7, ssml="<speak/>", voice="v")
    ),
    "a recording": ({"announcement": "bell"}, Script(clip="/announcements/7.clip"), None),
    "no recording": ({"announcement": "x"}, Failure(Reason.NO_CONTENT, "speech:id", retry=False), None),
    "nothing to say": (
        {"text": "wrong"}, Failure(Reason.NO_CONTENT, "speech:text", retry=False), Said(account=7, text="wrong")
    ),
    "a voice that fails": (
        {"text": "mute"}, Failure(Reason.NO_CONTENT, "speech:voice", retry=True), Said(account=7, text="mute")
    ),
    "an option that is no text": ({"text": "Hi", "language": 5}, Script(clip="/speech/one.clip"),
                                  Said(account=7, text="Hi")),
}  # fmt: skip


@pytest.mark.parametrize("what", ROWS)
async def test_message(what: str) -> None:
    given, expected, said = ROWS[what]
    booth = Booth()
    assert await booth.speak(an_attempt(**given)) == expected
    assert booth.said == ([] if said is None else [said])


def a_dial(speech: Speech, *actions: Action) -> Dial:
    member = Member(id=5, account=7, campaign="winter", phone="48600100200")
    return Dial(member=member, caller="4822", trunk="", speech=speech, actions=actions)


async def test_campaign_has_its_own_words_and_caller() -> None:
    booth = Booth(a_dial(Speech(text="Hi Ann", voice="v")))
    assert await booth.speak(an_attempt(campaign="winter")) == Script(clip="/speech/one.clip", caller="4822")
    assert booth.said == [Said(account=7, text="Hi Ann", voice="v")]


async def test_what_keys_lead_to_is_spoken_before_the_call() -> None:
    request = Request(url="https://a.example/")
    actions = (
        Action(on="1", do=Deed.PLAY, play=Speech(announcement="bell")), Action(on="2", do=Deed.REPEAT),
        Action(on="3", do=Deed.HTTP, http=request, play=Speech(text="Thanks")),
    )  # fmt: skip
    booth = Booth(a_dial(Speech(text="Hi"), *actions))
    assert await booth.speak(an_attempt(campaign="winter")) == Script(
        clip="/speech/one.clip", caller="4822",
        choices=(
            Choice(on="1", do=Deed.PLAY, clip="/announcements/7.clip"), Choice(on="2", do=Deed.REPEAT),
            Choice(on="3", do=Deed.HTTP, clip="/speech/one.clip"),
        ),
    )  # fmt: skip
    assert booth.said == [Said(account=7, text="Hi"), Said(account=7, text="Thanks")]


@pytest.mark.parametrize(
    ("speech", "failure"),
    [
        (Speech(text="wrong"), Failure(Reason.NO_CONTENT, "speech:text", retry=False)),
        (Speech(text="mute"), Failure(Reason.NO_CONTENT, "speech:voice", retry=True)),
        (Speech(announcement="x"), Failure(Reason.NO_CONTENT, "speech:id", retry=False)),
    ],
    ids=["nothing to say", "a voice that fails", "no recording"],
)
async def test_nobody_is_called_whom_a_key_would_tell_nothing(speech: Speech, failure: Failure) -> None:
    booth = Booth(a_dial(Speech(text="Hi"), Action(on="1", do=Deed.PLAY, play=speech)))
    assert await booth.speak(an_attempt(campaign="winter")) == failure


@pytest.mark.parametrize(
    ("verdict", "failure"),
    [
        (Failure(Reason.CLOSED, "", retry=True, after=5), Failure(Reason.CLOSED, "", retry=True, after=5)),
        (None, Failure(Reason.NO_CONTENT, "speech:no_member", retry=False)),
    ],
    ids=["outside its hours", "not a member"],
)
async def test_campaign_that_must_not_call(verdict: Failure | None, failure: Failure) -> None:
    booth = Booth(verdict)
    assert await booth.speak(an_attempt(campaign="winter")) == failure
    assert booth.said == []
