"""Zones are known where the system has no files of them, as in slim containers: the package `tzdata` is ours."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

LOADED = """
import zoneinfo
from omnibound.domain.calendar import Calendar, check_calendar
from omnibound.domain.zones import UNKNOWN, zones_by_code
assert zoneinfo.TZPATH == (), zoneinfo.TZPATH
zones = {zone for found in zones_by_code().values() for zone in found} | set(UNKNOWN)
for zone in zones:
    check_calendar(Calendar(zone=zone))
print(len(zones) > 200)
"""


def test_zones_are_known_without_files_of_the_system() -> None:
    environment = {"PYTHONTZPATH": "", "PYTHONUTF8": "1"}
    ran = subprocess.run([sys.executable, "-c", LOADED], env=environment, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "True\n"), ran.stderr
