"""What the core needs from outside, as Protocols; `bootstrap` decides what stands behind each."""

from omnibound.ports.announcements import AnnouncementStore
from omnibound.ports.bulks import BulkStore, Span, Unfinished
from omnibound.ports.calls import CallPlace, CallStore, CallWish
from omnibound.ports.campaigns import CampaignStore
from omnibound.ports.channel import NOT_HELD, Channel, Clock, Emit, Share
from omnibound.ports.inbound import InboundStore, Listing, NumberStore
from omnibound.ports.logs import LogStore, Touch, Walked
from omnibound.ports.members import MemberStore
from omnibound.ports.nodes import NodeStore
from omnibound.ports.parts import PartStore
from omnibound.ports.people import PeopleStore
from omnibound.ports.prices import BalanceStore, PriceStore, Purse
from omnibound.ports.report_format import MemberFormat, ReportFormat, Written
from omnibound.ports.retention import Chunk, Place, RetentionStore
from omnibound.ports.store import (
    AccountStore,
    DeliveryStore,
    DeviceStore,
    Ended,
    Loaded,
    PushStore,
    ReceiptStore,
    ReportStore,
    ScenarioStore,
    SettingStore,
    Stale,
    Store,
    Taken,
    TakenOver,
)
from omnibound.ports.webhooks import WebhookStore

__all__ = [
    "NOT_HELD",
    "AccountStore",
    "AnnouncementStore",
    "BalanceStore",
    "BulkStore",
    "CallPlace",
    "CallStore",
    "CallWish",
    "CampaignStore",
    "Channel",
    "Chunk",
    "Clock",
    "DeliveryStore",
    "DeviceStore",
    "Emit",
    "Ended",
    "InboundStore",
    "Listing",
    "Loaded",
    "LogStore",
    "MemberFormat",
    "MemberStore",
    "NodeStore",
    "NumberStore",
    "PartStore",
    "PeopleStore",
    "Place",
    "PriceStore",
    "Purse",
    "PushStore",
    "ReceiptStore",
    "ReportFormat",
    "ReportStore",
    "RetentionStore",
    "ScenarioStore",
    "SettingStore",
    "Share",
    "Span",
    "Stale",
    "Store",
    "Taken",
    "TakenOver",
    "Touch",
    "Unfinished",
    "Walked",
    "WebhookStore",
    "Written",
]  # fmt: skip
