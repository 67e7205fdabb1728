"""Before a message that calls people is taken: what it names is there, and its SSML can be read."""

from omnibound.domain.account import Account
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.message import Content
from omnibound.ports.announcements import AnnouncementStore
from omnibound.services.fill_speech import Voices, check_speech, speech_of


class CheckSpoken:
    """Call it with what a message says on the telephone."""

    def __init__(self, announcements: AnnouncementStore, voices: Voices) -> None:
        self._announcements = announcements
        self._voices = voices

    async def __call__(self, account: Account, content: Content) -> None:
        """Raises Invalid, naming the member (`voice.ssml`), for what could never be said to anybody."""
        speech, _ = speech_of(content)
        try:
            check_speech(speech, self._voices)
            await self._check_announcement(account, speech.announcement)
        except (Invalid, NotFound) as error:
            raise Invalid(error.text, f"voice.{error.field}") from error

    async def _check_announcement(self, account: Account, id_: str) -> None:
        if id_ and await self._announcements.one(account.id, id_) is None:
            raise NotFound(f"no announcement has the id {id_}", "announcement")
