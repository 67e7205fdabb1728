"""A send's blocks -> content and validity by channel, or what is wrong with them."""

import re
from typing import Any, NamedTuple

import msgspec

from omnibound.dialects.infobip_omni.blocks import push, sms
from omnibound.dialects.infobip_omni.blocks.base import NOT_NULL, Block
from omnibound.dialects.infobip_omni.blocks.table import BLOCKS, BlockKind
from omnibound.dialects.infobip_omni.blocks.validity import read_validity, span_of
from omnibound.dialects.infobip_omni.errors import BadRequest, Faults
from omnibound.dialects.infobip_omni.schemas import SendIn
from omnibound.dialects.infobip_omni.settings import OmniSettings
from omnibound.domain.message import Content
from omnibound.wire.body import fault_of

MAX_TEXT = {"SMS": sms.MAX_TEXT, "PUSH": push.MAX_TEXT}


class Said(NamedTuple):
    """What a send says on each channel; faults, by channel, count only for channels of the scenario."""

    content: dict[str, Content]
    validity: dict[str, int]
    faults: dict[str, Faults]


def read_blocks(request: SendIn, settings: OmniSettings) -> Said:
    """Everything that can be read; a block that says nothing is no content."""
    said = Said({}, {}, {})
    for kind in BLOCKS:
        block = getattr(request, kind.name)
        if block is not None:
            _read(kind, block, settings, said)
    return said


def _read(kind: BlockKind, given: Any, settings: OmniSettings, said: Said) -> None:
    try:
        content, validity = _content(_block(kind, given), kind, settings)
    except BadRequest as error:
        faults = {_path(kind.member, path): texts for path, texts in error.faults.items()}
        said.faults.update(dict.fromkeys(kind.channels, faults))
        return
    for channel in kind.channels:
        if content is not None:
            said.content[channel] = content
        if validity:
            said.validity[channel] = validity


def _content(block: Block, kind: BlockKind, settings: OmniSettings) -> tuple[Content | None, int]:
    """Content and validity. BadRequest with everything that is wrong with the members of the block together."""
    faults, content, validity = block.faults(), None, 0
    try:
        content = block.content()
    except BadRequest as error:
        faults |= error.faults
    except RecursionError:
        # The body could just be parsed, but not be gone through once more.
        faults[""] = ["nested too deeply"]
    try:
        validity = read_validity(block, span_of(kind.channels[0], settings))
    except BadRequest as error:
        faults |= error.faults
    if faults:
        raise BadRequest(faults)
    return content, validity


_MISSING = re.compile(r"Object missing required field `(.*?)`")


def _block(kind: BlockKind, given: Any) -> Block:
    try:
        return msgspec.convert(given, kind.struct)
    except msgspec.ValidationError as error:
        text, path = fault_of(error)
    missing = _MISSING.fullmatch(text)
    if missing:
        raise BadRequest({_path(path, missing[1]): [NOT_NULL]})
    raise BadRequest({path: [NOT_NULL if text.endswith("got `null`") else text]})


def _path(outer: str, inner: str) -> str:
    return f"{outer}.{inner}" if outer and inner else outer or inner


def is_too_long(channel: str, content: Content) -> bool:
    """Whether a channel refuses content for its length."""
    if len(content.text) > MAX_TEXT.get(channel, len(content.text)):
        return True
    return channel == "PUSH" and len(msgspec.json.encode(content).decode()) > push.MAX_PUSH
