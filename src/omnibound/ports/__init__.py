"""What the core needs from outside, as Protocols; `bootstrap` decides what stands behind each."""

from omnibound.ports.announcements import AnnouncementStore
from omnibound.ports.bulks import BulkStore, Span, Unfinished
from omnibound.ports.campaigns import CampaignStore
from omnibound.ports.channel import Channel, Clock, Emit
from omnibound.ports.inbound import InboundStore, Listing, NumberStore
from omnibound.ports.logs import LogStore, Touch, Walked
from omnibound.ports.people import PeopleStore
from omnibound.ports.report_format import ReportFormat
from omnibound.ports.store import (
    AccountStore,
    Chunk,
    DeliveryStore,
    DeviceStore,
    Ended,
    Loaded,
    Place,
    PushStore,
    ReceiptStore,
    ReportStore,
    RetentionStore,
    ScenarioStore,
    SettingStore,
    Stale,
    Store,
    Taken,
)

__all__ = [
    "AccountStore", "AnnouncementStore", "BulkStore", "CampaignStore", "Channel", "Chunk", "Clock", "DeliveryStore",
    "DeviceStore", "Emit", "Ended", "InboundStore", "Listing", "Loaded", "LogStore", "NumberStore", "PeopleStore",
    "Place", "PushStore", "ReceiptStore", "ReportFormat", "ReportStore", "RetentionStore", "ScenarioStore",
    "SettingStore", "Span", "Stale", "Store", "Taken", "Touch", "Unfinished", "Walked",
]  # fmt: skip
