"""What OMNI calls channels."""

from omnibound.dialects.infobip_omni.blocks.table import BLOCKS

CHANNELS = frozenset(channel for block in BLOCKS for channel in block.channels)
"""Every channel a scenario may name."""

CHATS = frozenset({"VIBER", "WHATSAPP", "FACEBOOK", "LINE", "VKONTAKTE", "VK", "KAKAO_ALIM", "KAKAO_CHINGU"})
"""Channels whose failures OMNI tells with its 7xxx codes."""
