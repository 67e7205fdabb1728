"""What a call says: the text, the SSML or the recording of an attempt becomes a clip that is ready to be played."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from omnibound.domain.campaign import Speech
from omnibound.domain.errors import Invalid, NotFound, Unavailable
from omnibound.domain.facts import Failure
from omnibound.domain.message import Attempt
from omnibound.domain.status import Reason
from omnibound.services.check_dials import Dial
from omnibound.wire.telephone import Script


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


class SpeakCalls:
    """Call it with an attempt that is about to be dialled."""

    def __init__(self, render: Render, clip: Clip, check: Check) -> None:
        self._render = render
        self._clip = clip
        self._check = check

    async def __call__(self, attempt: Attempt) -> Script | Failure:
        """The clip and the caller; a Failure where it cannot be said, or must not be dialled now."""
        if not attempt.message.campaign:
            return await self._script(attempt.message.account, *_of_message(attempt))
        dial = (await self._check([attempt])).get(attempt.delivery)
        if isinstance(dial, Failure):
            return dial
        if dial is None:
            return Failure(Reason.NO_CONTENT, "speech:no_member", retry=False)
        return await self._script(attempt.message.account, dial.speech, "", dial.caller)

    async def _script(self, account: int, speech: Speech, language: str, caller: str = "") -> Script | Failure:
        said = Said(account=account, text=speech.text, ssml=speech.ssml, voice=speech.voice, language=language)
        try:
            if speech.announcement:
                path = await self._clip(account, speech.announcement)
            else:
                path = await self._render(said)
        except (Invalid, NotFound) as error:
            return Failure(Reason.NO_CONTENT, f"speech:{error.field or 'content'}", retry=False)
        except Unavailable:
            return Failure(Reason.NO_CONTENT, "speech:voice", retry=True)
        return Script(clip=str(path), caller=caller)


def _of_message(attempt: Attempt) -> tuple[Speech, str]:
    content, options = attempt.content, attempt.content.options
    words = {name: _text(options, name) for name in ("ssml", "voice", "announcement")}
    return Speech(text=content.text, **words), _text(options, "language")


def _text(options: dict[str, Any], name: str) -> str:
    value = options.get(name)
    return value if isinstance(value, str) else ""
