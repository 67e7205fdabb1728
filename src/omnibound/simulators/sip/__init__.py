"""A simulated telephone network (SIP): phones that answer, are busy, do not answer, and misbehave when asked to.

`server` hears requests -> `phone` does what `magic` says -> `sound` echoes or keeps what is said.
"""

from omnibound.simulators.sip.magic import ANSWERED, MAGIC, Fate, magic_table
from omnibound.simulators.sip.server import SipNetwork, serve
from omnibound.simulators.sip.settings import SipSettings
from omnibound.simulators.sip.tally import Counts, Kept

__all__ = ["ANSWERED", "MAGIC", "Counts", "Fate", "Kept", "SipNetwork", "SipSettings", "magic_table", "serve"]
