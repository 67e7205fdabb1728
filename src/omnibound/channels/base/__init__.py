"""What the kinds of connector share: `kinds` how one is found and made, `http` and what it needs for HTTP providers."""

from omnibound.channels.base.kinds import (
    Common,
    Confirms,
    Deps,
    FindDevices,
    Kind,
    build_channel,
    kind_named,
    kind_of,
    kinds,
    no_devices,
    read_settings,
)

__all__ = [
    "Common",
    "Confirms",
    "Deps",
    "FindDevices",
    "Kind",
    "build_channel",
    "kind_named",
    "kind_of",
    "kinds",
    "no_devices",
    "read_settings",
]
