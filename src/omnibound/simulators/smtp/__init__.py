"""A simulated mail relay: takes mail, refuses or sends it back by its address, and drops links when asked to.

`relay` listens, a `session` a connection decides by `magic`; `reports` writes what comes back.
"""

from omnibound.simulators.smtp.magic import magic_table
from omnibound.simulators.smtp.relay import Kept, Relay, serve
from omnibound.simulators.smtp.settings import SmtpSettings

__all__ = ["Kept", "Relay", "SmtpSettings", "magic_table", "serve"]
