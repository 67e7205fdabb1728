"""Announcements: upload, look up, hear again, drop."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct
from starlette.responses import Response

from omnibound.api.base import Ask, to_date
from omnibound.api.uploads import Upload
from omnibound.domain.announcement import Announcement
from omnibound.domain.errors import Invalid

AUDIO = ("audio/wav", "audio/mpeg", "audio/ogg", "audio/flac")
WAV = "audio/wav"
_FORMS = ("multipart/form-data", "application/json")
"""What clients send that mean to upload a file and do not know how."""


class AnnouncementWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the recording is called."""

    id: Annotated[str, Meta(max_length=64, description="What calls name it by; made if it is empty.")] = ""
    name: Annotated[str, Meta(max_length=200, description="For people.")] = ""


class AnnouncementOut(Struct, frozen=True, kw_only=True):
    """A recording. `seconds` is how long it plays, `octets` how big the upload was."""

    id: str
    name: str
    seconds: float
    octets: int
    created_at: datetime | None


class AnnouncementsWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to go on, and how much."""

    after: Annotated[str, Meta(max_length=64, description="The last id of the page before.")] = ""
    limit: Annotated[int, Meta(ge=1, le=1_000, description="Announcements a page.")] = 100


class AnnouncementsOut(Struct, frozen=True, kw_only=True):
    """A page, in the order of the ids."""

    announcements: list[AnnouncementOut]


async def add(ask: Ask[AnnouncementWish, Upload]) -> AnnouncementOut:
    """POST /api/v1/announcements?id=&name=."""
    if ask.body.kind in _FORMS:
        raise Invalid("send the audio itself as the body, as `curl --data-binary @FILE` does; id and name in the query")
    announcements = ask.services.announcements
    audio = ask.body.parts(announcements.most_octets)
    return write_announcement(await announcements.add(ask.account, audio, ask.query.id, ask.query.name))


async def page(ask: Ask[AnnouncementsWish, None]) -> AnnouncementsOut:
    """GET /api/v1/announcements?after=&limit=."""
    found = await ask.services.announcements.page(ask.account, ask.query.after, ask.query.limit)
    return AnnouncementsOut(announcements=[write_announcement(each) for each in found])


async def one(ask: Ask[None, None]) -> AnnouncementOut:
    """GET /api/v1/announcements/{announcement}."""
    return write_announcement(await ask.services.announcements.one(ask.account, ask.place["announcement"]))


async def audio(ask: Ask[None, None]) -> Response:
    """GET /api/v1/announcements/{announcement}/audio."""
    wav = await ask.services.announcements.wav(ask.account, ask.place["announcement"])
    return Response(wav, media_type=WAV)


async def drop(ask: Ask[None, None]) -> None:
    """DELETE /api/v1/announcements/{announcement}."""
    await ask.services.announcements.drop(ask.account, ask.place["announcement"])


def write_announcement(announcement: Announcement) -> AnnouncementOut:
    """As the API tells it."""
    return AnnouncementOut(
        id=announcement.id,
        name=announcement.name,
        seconds=announcement.length_ms / 1000,
        octets=announcement.octets,
        created_at=to_date(announcement.created_at),
    )
