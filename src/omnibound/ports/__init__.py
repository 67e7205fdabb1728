"""What the core needs from outside, as Protocols; `bootstrap` decides what stands behind each."""

from omnibound.ports.channel import Channel, Clock, Emit
from omnibound.ports.store import (
    AccountStore,
    DeliveryStore,
    DeviceStore,
    InboundStore,
    Loaded,
    ReceiptStore,
    ReportStore,
    ScenarioStore,
    SettingStore,
    Stale,
    Store,
    Taken,
)

__all__ = [
    "AccountStore", "Channel", "Clock", "DeliveryStore", "DeviceStore", "Emit", "InboundStore", "Loaded",
    "ReceiptStore", "ReportStore", "ScenarioStore", "SettingStore", "Stale", "Store", "Taken",
]  # fmt: skip
