"""What the core needs from outside, as Protocols; `bootstrap` decides what stands behind each."""

from omnibound.ports.channel import Channel, Clock, Emit
from omnibound.ports.report_format import ReportFormat
from omnibound.ports.store import (
    AccountStore,
    Chunk,
    DeliveryStore,
    DeviceStore,
    Ended,
    InboundStore,
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
    "AccountStore", "Channel", "Chunk", "Clock", "DeliveryStore", "DeviceStore", "Emit", "Ended", "InboundStore",
    "Loaded", "Place", "PushStore", "ReceiptStore", "ReportFormat", "ReportStore", "RetentionStore", "ScenarioStore",
    "SettingStore", "Stale", "Store", "Taken",
]  # fmt: skip
