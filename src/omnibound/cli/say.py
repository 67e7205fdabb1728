"""`omnibound say`: hear what a voice makes of a text."""

import asyncio
import re
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from msgspec.structs import replace

from omnibound.bootstrap import kept_announcements
from omnibound.bootstrap_calls import build_studio, recordings_of
from omnibound.cli.options import ConfigFile, Database, configured, told
from omnibound.config import Config

_ELEMENT = re.compile(r"<[A-Za-z?!/]")


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def say(
        text: Annotated[str, typer.Argument(help="What is said; SSML if it holds an element.")],
        voice: Annotated[str, typer.Option(help="The id of a configured voice, or a language of espeak-ng.")] = "en",
        out: Annotated[Path, typer.Option(help="The WAV file that is written.")] = Path("say.wav"),
        account: Annotated[str, typer.Option(help="Whose announcements SSML may play.")] = "",
        data: Annotated[str | None, typer.Option(help="Folder of the database, for announcements.")] = None,
        database: Database = None,
        config: ConfigFile = None,
    ) -> None:
        """Speak a text as a telephone would play it."""
        settings = configured(config, data=data, database=database)
        with told(1):
            seconds = asyncio.run(_say(settings, text, voice, out, account))
        typer.echo(f"{out}: {seconds:.1f} seconds")


async def _say(config: Config, text: str, voice: str, out: Path, account: str) -> float:
    from omnibound.voice.media.clips import Clip
    from omnibound.voice.speech.sounds import to_wav
    from omnibound.voice.speech.studio import no_recordings

    if not any(table.get("id") == voice for table in config.voices):
        config = replace(config, voices=(*config.voices, {"id": voice, "engine": "espeak", "language": voice}))
    kept = kept_announcements(config, account) if account else nullcontext()
    # A server that runs keeps its own cache to itself.
    with TemporaryDirectory(prefix="omnibound-say-") as folder:
        studio = build_studio(replace(config, data=folder))
        try:
            async with kept as known:
                find = recordings_of(known[0], known[1].id) if known else no_recordings
                given = {"ssml": text} if _ELEMENT.search(text) else {"text": text}
                clip = Clip.load((await studio.render(voice, **given, find=find)).path)
        finally:
            await studio.close()
    await asyncio.to_thread(out.write_bytes, to_wav(clip))
    return clip.seconds
