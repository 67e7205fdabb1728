"""What the core needs from outside, as Protocols; `bootstrap` decides what stands behind each."""

from omnibound.ports.announcements import AnnouncementStore
from omnibound.ports.bulks import BulkStore, Span, Unfinished
from omnibound.ports.calls import CallPlace, CallStore, CallWish
from omnibound.ports.campaigns import CampaignStore
from omnibound.ports.channel import Channel, Clock, Emit
from omnibound.ports.inbound import InboundStore, Listing, NumberStore
from omnibound.ports.logs import LogStore, Touch, Walked
from omnibound.ports.members import MemberStore
from omnibound.ports.parts import PartStore
from omnibound.ports.people import PeopleStore
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
)
from omnibound.ports.webhooks import WebhookStore

__all__ = [
    "AccountStore",
    "AnnouncementStore",
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
    "NumberStore",
    "PartStore",
    "PeopleStore",
    "Place",
    "PushStore",
    "ReceiptStore",
    "ReportFormat",
    "ReportStore",
    "RetentionStore",
    "ScenarioStore",
    "SettingStore",
    "Span",
    "Stale",
    "Store",
    "Taken",
    "Touch",
    "Unfinished",
    "Walked",
    "WebhookStore",
    "Written",
]  # fmt: skip
