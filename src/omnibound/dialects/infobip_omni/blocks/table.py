"""Every block there is: the member of a send, the channels it speaks to, and what it is read as."""

from typing import NamedTuple

from omnibound.dialects.infobip_omni.blocks.base import Block
from omnibound.dialects.infobip_omni.blocks.chats import FacebookIn, LineIn, ParsecoIn, VKontakteIn
from omnibound.dialects.infobip_omni.blocks.email import EmailIn
from omnibound.dialects.infobip_omni.blocks.kakao import KakaoAlimIn, KakaoChinguIn
from omnibound.dialects.infobip_omni.blocks.push import PushIn
from omnibound.dialects.infobip_omni.blocks.sms import SmsIn
from omnibound.dialects.infobip_omni.blocks.viber import ViberIn
from omnibound.dialects.infobip_omni.blocks.voice import VoiceIn
from omnibound.dialects.infobip_omni.blocks.whatsapp import WhatsAppIn


class BlockKind(NamedTuple):
    """A member of a send: its name in `SendIn` and on the wire."""

    name: str
    member: str
    struct: type[Block]
    channels: tuple[str, ...]


BLOCKS: tuple[BlockKind, ...] = (
    BlockKind("sms", "sms", SmsIn, ("SMS",)),
    BlockKind("push", "push", PushIn, ("PUSH",)),
    BlockKind("email", "email", EmailIn, ("EMAIL",)),
    BlockKind("viber", "viber", ViberIn, ("VIBER",)),
    BlockKind("whats_app", "whatsApp", WhatsAppIn, ("WHATSAPP",)),
    BlockKind("voice", "voice", VoiceIn, ("VOICE",)),
    BlockKind("facebook", "facebook", FacebookIn, ("FACEBOOK",)),
    BlockKind("line", "line", LineIn, ("LINE",)),
    # The oldest page says VK, later ones VKONTAKTE. A scenario keeps what its client wrote: content answers to both.
    BlockKind("v_kontakte", "vKontakte", VKontakteIn, ("VKONTAKTE", "VK")),
    BlockKind("kakao_alim", "kakaoAlim", KakaoAlimIn, ("KAKAO_ALIM",)),
    BlockKind("kakao_chingu", "kakaoChingu", KakaoChinguIn, ("KAKAO_CHINGU",)),
    BlockKind("parseco", "parseco", ParsecoIn, ("PARSECO",)),
)

GUIDES: dict[str, type[Block]] = {block.member: block.struct for block in BLOCKS}
"""What XML, which has no types, is read by."""
