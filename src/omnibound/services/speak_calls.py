"""What a call says: the text, the SSML or the recording of an attempt becomes a clip that is ready to be played."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from omnibound.domain.action import Action, Speech
from omnibound.domain.errors import Invalid, NotFound, Unavailable
from omnibound.domain.facts import Failure
from omnibound.domain.flow import SECOND
from omnibound.domain.message import Attempt
from omnibound.domain.status import Reason
from omnibound.services.check_dials import Dial
from omnibound.services.fill_speech import speech_of
from omnibound.wire.telephone import Choice, Script


class Said(Struct, frozen=True, gc=False, kw_only=True):
    """What is to be rendered, for whom. Empty: the first voice, and its language."""

    account: int
    text: str = ""
    ssml: str = ""
    voice: str = ""
    language: str = ""


Render = Callable[[Said], Awaitable[Path]]
"""Speaks. Raises Invalid for what cannot be said, Unavailable when the voice fails."""
Clip = Callable[[int, str], Awaitable[Path]]
"""(account, announcement) -> where it is as a clip. Raises NotFound."""
Check = Callable[[Sequence[Attempt]], Awaitable[dict[int, Dial | Failure]]]
"""Whether attempts of campaigns may be dialled now, and what they say."""


NOTHING = Speech()
"""What a request of a campaign may ask for: a call all the same, for keys and its end may lead on."""


class SpeakCalls:
    """Call it with an attempt that is about to be dialled."""

    def __init__(self, render: Render, clip: Clip, check: Check) -> None:
        self._render = render
        self._clip = clip
        self._check = check

    async def __call__(self, attempt: Attempt) -> Script | Failure:
        """The clips and the caller; a Failure where something cannot be said, or must not be dialled now."""
        account = attempt.message.account
        if not attempt.message.campaign:
            speech, language = speech_of(attempt.content)
            if speech == NOTHING:
                return Failure(Reason.NO_CONTENT, "speech:text", retry=False)
            return await self._script(account, speech, language)
        dial = (await self._check([attempt])).get(attempt.delivery)
        if isinstance(dial, Failure):
            return dial
        if dial is None:
            return Failure(Reason.NO_CONTENT, "speech:no_member", retry=False)
        script = await self._script(account, dial.speech, "", dial.caller, dial.actions, dial.farewell)
        if isinstance(script, Failure):
            return script
        return replace(script, machine=dial.machine, ring_s=dial.ring / SECOND, join=dial.join)

    async def _script(
        self,
        account: int,
        speech: Speech,
        language: str,
        caller: str = "",
        actions: Sequence[Action] = (),
        farewell: Speech = NOTHING,
    ) -> Script | Failure:
        try:
            clip = await self._spoken(account, speech, language)
            choices = [await self._choice(account, action) for action in actions]
            parting = await self._spoken(account, farewell)
        except (Invalid, NotFound) as error:
            return Failure(Reason.NO_CONTENT, f"speech:{error.field or 'content'}", retry=False)
        except Unavailable:
            return Failure(Reason.NO_CONTENT, "speech:voice", retry=True)
        return Script(clip=clip, caller=caller, choices=tuple(choices), farewell=parting)

    async def _choice(self, account: int, action: Action) -> Choice:
        clip = await self._spoken(account, action.play) if action.play else ""
        return Choice(on=action.on, do=action.do, clip=clip)

    async def _spoken(self, account: int, speech: Speech, language: str = "") -> str:
        if speech == NOTHING:
            return ""
        if speech.announcement:
            return str(await self._clip(account, speech.announcement))
        said = Said(account=account, text=speech.text, ssml=speech.ssml, voice=speech.voice, language=language)
        return str(await self._render(said))
