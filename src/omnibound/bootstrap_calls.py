"""What calls and what speaks, put together; a part of `bootstrap`."""

import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from omnibound.channels.base import read_settings
from omnibound.channels.base.kinds import no_voice
from omnibound.channels.base.telephone import Speak
from omnibound.channels.sip import KIND as SIP
from omnibound.channels.sip import Settings as SipSettings
from omnibound.channels.sip.agents import Agents
from omnibound.config import Config
from omnibound.domain.errors import Invalid, NotFound
from omnibound.ports import Store
from omnibound.reports.guard import Guard
from omnibound.services.check_dials import CheckDials
from omnibound.services.fill_speech import Voices
from omnibound.services.judge_members import JudgeMembers
from omnibound.services.keep_announcements import Announcements
from omnibound.services.look_again import LookAgain
from omnibound.services.speak_calls import Check, Said, SpeakCalls
from omnibound.voice.line import Line
from omnibound.wire.telephone import Cell, TrunkSettings

if TYPE_CHECKING:
    from omnibound.voice.media.convert import Limits
    from omnibound.voice.speech.studio import Find, Found, Studio

MEGA = 1_000_000
FIRST_VOICE = ({"id": "espeak", "engine": "espeak", "language": "en"},)
"""Who speaks where no voice is configured."""


def _now_us() -> int:
    return time.time_ns() // 1000


def trunks_of(config: Config) -> tuple[TrunkSettings, ...]:
    """What calls go over. Raises Invalid for a wrong table."""
    tables = [read_settings(table) for table in config.connectors if table.get("kind") == SIP]
    trunks = tuple([table.trunk() for table in tables if isinstance(table, SipSettings)])
    for trunk in trunks:
        if trunk.ring_s < config.law.ring_s:
            words = f"{trunk.name}: ring_s is {trunk.ring_s:g}, and [law] wants {config.law.ring_s:g} at least"
            raise Invalid(words, "ring_s")
    return trunks


def build_line(config: Config, trunks: tuple[TrunkSettings, ...], returned: str) -> Line:
    """The way to the telephone. `returned`: the clip that those hear who call back; empty: they are refused."""
    voice, (host, port) = config.voice, config.voice.where
    cell = Cell(
        host=host, port=port, public_address=voice.public_address, rtp=voice.rtp_ports, silence_s=voice.silence_s,
        trunks=trunks, returned=returned,
    )  # fmt: skip
    return Line(Path(config.data), cell, log=(config.log_level.lower(), config.log.format))


def build_agents(config: Config, line: Line) -> Agents:
    """The lines of agents, over the configured trunks. Before the line is started."""
    trunks = [str(table["name"]) for table in config.connectors if table.get("kind") == SIP]
    return Agents(line, trunks, _now_us)


@asynccontextmanager
async def telephone(config: Config, store: Store) -> AsyncGenerator[tuple[Line | None, Speak, Agents | None]]:
    """What calls, who speaks, and agents' lines, if any connector calls. Raises Invalid for a wrong table."""
    from omnibound.voice.speech.voices import read_voices

    read_voices(config.voices)
    trunks = trunks_of(config)
    if not trunks:
        yield None, no_voice, None
        return
    async with AsyncExitStack() as stack:
        studio = build_studio(config)
        stack.push_async_callback(studio.close)
        line = build_line(config, trunks, await _returned(config.law.returned, studio))
        stack.push_async_callback(line.stop)
        recordings = build_announcements(store, config)
        agents = build_agents(config, line)
        check = CheckDials(store, _now_us, voices_of(config), config.law.law, agents.lines)
        again = LookAgain(check, store, JudgeMembers(store, config.law.law, _now_us), _now_us)
        again.start()
        stack.push_async_callback(again.stop)
        yield line, build_speech(studio, recordings, again), agents


async def _returned(text: str, studio: "Studio") -> str:
    """The clip of what those hear who call back. Raises Invalid and Unavailable where it cannot be said."""
    return str((await studio.render("", text)).path) if text else ""


def build_speech(studio: "Studio", announcements: Announcements, check: Check) -> SpeakCalls:
    """Who says what calls say."""

    async def render(said: Said) -> Path:
        find = recordings_of(announcements, said.account)
        return (await studio.render(said.voice, said.text, said.ssml, find, said.language)).path

    async def clip(account: int, id_: str) -> Path:
        return (await announcements.clip_of(account, id_))[0]

    return SpeakCalls(render, clip, check)


def build_announcements(store: Store, config: Config) -> Announcements:
    """Recordings that accounts upload."""
    # Late: most commands need not wait for numpy.
    from omnibound.voice.speech.audio_folder import AudioFolder

    limits = _audio_limits(config)
    folder = config.speech.announcements
    audio = AudioFolder(Path(folder).resolve() if folder else _folder(config) / "announcements", limits)
    return Announcements(store.announcements, audio, _now_us, limits.octets)


def _folder(config: Config) -> Path:
    """As a process that works in another folder finds it too: the voice process reads the clips by their paths."""
    return Path(config.data).resolve()


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
    cache = Cache(_folder(config) / "speech", speech.cache_mb * MEGA)
    fetcher = Fetcher(cache, Guard(config.security.allow_private), _audio_limits(config), speech.timeout_s)
    return Studio(voices, engines, cache, fetcher, speech.longest_s)


def voices_of(config: Config) -> Voices:
    """All who may speak. Raises Invalid for a wrong table."""
    from omnibound.voice.speech.voices import read_voices

    return {id_: voice.language for id_, voice in read_voices(config.voices or FIRST_VOICE).items()}


def recordings_of(announcements: Announcements, account: int) -> "Find":
    """What the SSML of an account may play."""
    from omnibound.voice.speech.studio import Found

    async def find(source: str) -> "Found | None":
        with suppress(NotFound):
            return Found(*await announcements.clip_of(account, source))
        return None

    return find
