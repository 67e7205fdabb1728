"""What OMNI calls channels, and which member of a request speaks to each."""

BLOCKS: dict[str, tuple[str, ...]] = {
    "sms": ("SMS",),
    "push": ("PUSH",),
    "email": ("EMAIL",),
    "viber": ("VIBER",),
    "whats_app": ("WHATSAPP",),
    "voice": ("VOICE",),
    "facebook": ("FACEBOOK",),
    "line": ("LINE",),
    # The oldest page says VK, later ones VKONTAKTE. A scenario keeps what its client wrote: content answers to both.
    "v_kontakte": ("VKONTAKTE", "VK"),
    "kakao_alim": ("KAKAO_ALIM",),
    "kakao_chingu": ("KAKAO_CHINGU",),
    "parseco": ("PARSECO",),
}
"""The channels a block's content is for, by the block's name in `SendIn`."""

CHANNELS = frozenset(channel for channels in BLOCKS.values() for channel in channels)
"""Every channel a scenario may name."""

CHATS = frozenset({"VIBER", "WHATSAPP", "FACEBOOK", "LINE", "VKONTAKTE", "VK", "KAKAO_ALIM", "KAKAO_CHINGU"})
"""Channels whose failures OMNI tells with its 7xxx codes."""


def block_member(block: str) -> str:
    """The member of the wire a block is read from: `whats_app` is `whatsApp`."""
    first, *rest = block.split("_")
    return first + "".join(word.capitalize() for word in rest)
