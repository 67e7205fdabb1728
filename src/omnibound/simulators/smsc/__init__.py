"""A simulated SMS centre (SMPP 3.4): takes messages, answers, sends receipts, misbehaves when asked to.

`reading` what comes in -> `intake` decides, by `magic` -> `mailbox` holds what is owed -> `session` sends it.
"""

from omnibound.simulators.smsc.fate import Fate, Report
from omnibound.simulators.smsc.magic import MAGIC, magic_table
from omnibound.simulators.smsc.server import Smsc, serve
from omnibound.simulators.smsc.settings import SmscSettings
from omnibound.simulators.smsc.tally import Kept

__all__ = ["MAGIC", "Fate", "Kept", "Report", "Smsc", "SmscSettings", "magic_table", "serve"]
