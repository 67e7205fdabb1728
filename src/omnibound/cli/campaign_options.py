"""What `omnibound campaign add` and `set` take: an option for each member of a campaign."""

import json
from pathlib import Path
from typing import Any, Final

from omnibound.api.campaign_shapes import CampaignIn
from omnibound.cli.given import Option, Reads, options_of, under
from omnibound.cli.options import fail, told
from omnibound.cli.part_words import HOURS_HELP, read_rules, read_waits, seconds

_WAIT: Final = "Seconds, or 90s, 15m, 2h, 1d"


def _said(member: str, name: str) -> Reads:
    """Of an option that is a part of a speech."""

    def read(given: Any) -> dict[str, Any]:
        return {member: {name: given}}

    return read


def _read_contents(given: list[str]) -> dict[str, dict[str, str]]:
    """`SMS=Hello` as the API's message. Ends the command for anything else."""
    found = [text.partition("=") for text in given]
    wrong = next((text for text, (channel, _, said) in zip(given, found, strict=True) if not (channel and said)), None)
    if wrong is not None:
        fail(f"what a channel says is written as CHANNEL=TEXT: {wrong!r}")
    return {channel.upper(): {"text": said} for channel, _, said in found}


def _read_conditions(given: list[str]) -> list[str]:
    """An empty one alone says: nobody is excluded."""
    return [text for text in given if text]


def read_members(file: Path) -> dict[str, Any]:
    """The members of a campaign in a JSON file. Ends the command for what is no object."""
    try:
        with told(1):
            found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        fail(f"{file} is no JSON: {error}", 1)
    if not isinstance(found, dict):
        fail(f"{file} must hold a JSON object", 1)
    return found  # pyright: ignore[reportUnknownVariableType] - checked by the server


FROM: Final = Option("from_", Path, "JSON with these and other members, such as what keys do.", read_members)
_SPOKEN: Final = [
    Option("announcement", str, "The id of a recording to play.", _said("speech", "announcement")),
    Option("text", str, "A text to say.", _said("speech", "text")),
    Option("ssml", str, "SSML to say.", _said("speech", "ssml")),
    Option("voice", str, "Who says it.", _said("speech", "voice")),
]
_OTHERWISE: Final[dict[str, Option | None]] = {
    "name": None,
    "kind": Option("kind", str, "announcement, number, queue, messages; else by what is given.", under("kind")),
    "speech": None,
    "actions": None,
    "closed": None,
    "pause_s": Option("pause", str, f"Between two calls: 600 if not given. {_WAIT}.", under("pause_s", seconds)),
    "pauses_s": Option(
        "pause_after", list[str], "The same by the reason of a call, once each: `busy=5m`.",
        under("pauses_s", read_waits),
    ),
    "hours": Option("hours", list[str], HOURS_HELP, under("hours", read_rules)),
    "not_before": Option("not_before", str, "Nobody is called before: 2026-11-21T10:00:00Z.", under("not_before")),
    "end_at": Option("end_at", str, "Nobody is called from then on: 2026-12-31T20:00:00Z.", under("end_at")),
    "mode": Option("mode", str, "predictive, progressive or preview.", under("mode")),
    "message": Option(
        "message", list[str], "What a channel of the scenario says, once each: `SMS=Hi {{ voice_sms.name }}`.",
        under("message", _read_contents),
    ),
    "excluded": Option(
        "exclude", list[str], "Nobody is called whom it fits, once each: `City = 'New York'`; none if empty.",
        under("excluded", _read_conditions),
    ),
    "ring_s": Option("ring", str, f"How long it rings, at least: 15 to 120. {_WAIT}.", under("ring_s", seconds)),
    "machine": Option("machine", str, "Where a machine answers: nothing, hang_up or leave.", under("machine")),
    "priority_order": Option(
        "priority_order", str, "Who goes first: ascending (the lowest priority) or descending.",
        under("priority_order"),
    ),
    "farewell": Option(
        "farewell", str, "A text for those for whom no agent is there.", _said("farewell", "text")
    ),
}  # fmt: skip
"""Members that people write otherwise than the API."""

MADE: Final = [FROM, *options_of(CampaignIn, _OTHERWISE), *_SPOKEN]
_NAME: Final = Option("name", str, "For people.", under("name"))
CHANGED: Final = [FROM, _NAME, *(option for option in MADE[1:] if option.name != "id")]
