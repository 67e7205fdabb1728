"""What the core needs from outside, as Protocols; `bootstrap` decides what stands behind each."""

from omnibound.ports.channel import Channel, Clock, Emit
from omnibound.ports.store import (
    AccountStore,
    Chunk,
    DeliveryStore,
    DeviceStore,
    InboundStore,
    Loaded,
    Place,
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
    "AccountStore", "Channel", "Chunk", "Clock", "DeliveryStore", "DeviceStore", "Emit", "InboundStore", "Loaded",
    "Place", "ReceiptStore", "ReportStore", "RetentionStore", "ScenarioStore", "SettingStore", "Stale", "Store", "Taken",
]  # fmt: skip
