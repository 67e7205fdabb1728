"""What calls and what speaks, put together; a part of `bootstrap`."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from omnibound.channels.base import read_settings
from omnibound.channels.base.kinds import no_voice
from omnibound.channels.base.telephone import Speak
from omnibound.channels.sip import KIND as SIP
from omnibound.channels.sip import Settings as SipSettings
from omnibound.config import Config
from omnibound.domain.errors import NotFound
from omnibound.ports import Store
from omnibound.reports.guard import Guard
from omnibound.services.check_dials import CheckDials
from omnibound.services.keep_announcements import Announcements
from omnibound.services.speak_calls import Said, SpeakCalls
from omnibound.voice.line import Line
from omnibound.wire.telephone import Cell

if TYPE_CHECKING:
    from omnibound.voice.media.convert import Limits
    from omnibound.voice.speech.studio import Find, Found, Studio

MEGA = 1_000_000
FIRST_VOICE = ({"id": "espeak", "engine": "espeak", "language": "en"},)
"""Who speaks where no voice is configured."""


def _now_us() -> int:
    return time.time_ns() // 1000


def build_line(config: Config) -> Line | None:
    """The way to the telephone; None where no connector calls. Raises Invalid for a wrong table."""
    tables = [read_settings(table) for table in config.connectors if table.get("kind") == SIP]
    trunks = tuple([table.trunk() for table in tables if isinstance(table, SipSettings)])
    voice, (host, port) = config.voice, config.voice.where
    cell = Cell(
        host=host, port=port, public_address=voice.public_address, rtp=voice.rtp_ports, silence_s=voice.silence_s,
        trunks=trunks,
    )  # fmt: skip
    return Line(Path(config.data), cell, log_level=config.log_level.lower()) if trunks else None


@asynccontextmanager
async def telephone(config: Config, store: Store) -> AsyncGenerator[tuple[Line | None, Speak]]:
    """What calls and who speaks, if any connector calls. Raises Invalid for a wrong table, of a voice as well."""
    from omnibound.voice.speech.voices import read_voices

    read_voices(config.voices)
    line = build_line(config)
    if line is None:
        yield None, no_voice
        return
    studio = build_studio(config)
    try:
        yield line, build_speech(studio, build_announcements(store, config), store)
    finally:
        await line.stop()
        await studio.close()


def build_speech(studio: "Studio", announcements: Announcements, store: Store) -> SpeakCalls:
    """Who says what calls say."""

    async def render(said: Said) -> Path:
        find = recordings_of(announcements, said.account)
        return (await studio.render(said.voice, said.text, said.ssml, find, said.language)).path

    async def clip(account: int, id_: str) -> Path:
        return (await announcements.clip_of(account, id_))[0]

    return SpeakCalls(render, clip, CheckDials(store.campaigns, _now_us))


def build_announcements(store: Store, config: Config) -> Announcements:
    """Recordings that accounts upload."""
    # Late: most commands need not wait for numpy.
    from omnibound.voice.speech.audio_folder import AudioFolder

    limits = _audio_limits(config)
    audio = AudioFolder(Path(config.data) / "announcements", limits)
    return Announcements(store.announcements, audio, _now_us, limits.octets)


def _audio_limits(config: Config) -> "Limits":
    from omnibound.voice.media.convert import Limits

    return Limits(octets=config.speech.upload_mb * MEGA, seconds=config.speech.upload_s)


def build_studio(config: Config) -> "Studio":
    """What speaks, by the configured voices. Raises Invalid for a wrong one. Close it at the end."""
    from omnibound.voice.speech.cache import Cache
    from omnibound.voice.speech.engines import Engines
    from omnibound.voice.speech.fetching import Fetcher
    from omnibound.voice.speech.studio import Studio
    from omnibound.voice.speech.voices import read_voices

    speech = config.speech
    voices = read_voices(config.voices or FIRST_VOICE)
    engines = Engines(voices, speech.workers, speech.timeout_s, speech.longest_s)
    cache = Cache(Path(config.data) / "speech", speech.cache_mb * MEGA)
    fetcher = Fetcher(cache, Guard(config.security.allow_private), _audio_limits(config), speech.timeout_s)
    return Studio(voices, engines, cache, fetcher, speech.longest_s)


def voice_ids(config: Config) -> list[str]:
    """The ids of all who may speak."""
    return [str(table.get("id", "")) for table in config.voices or FIRST_VOICE]


def recordings_of(announcements: Announcements, account: int) -> "Find":
    """What the SSML of an account may play."""
    from omnibound.voice.speech.studio import Found

    async def find(source: str) -> "Found | None":
        with suppress(NotFound):
            return Found(*await announcements.clip_of(account, source))
        return None

    return find
