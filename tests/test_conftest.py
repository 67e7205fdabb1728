"""What conftest.py promises, tried on a small test run of its own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
OPTIONS = "[pytest]\nmarkers =\n    time_limit(seconds): how long\n"

SKIPPED = "import pytest\n\ndef test_skipped():\n    pytest.skip('no such program')\n"
SKIPPED_MODULE = "import pytest\n\npytest.skip('no such library', allow_module_level=True)\n"
EXPECTED_FAILURE = "import pytest\n\n@pytest.mark.xfail\ndef test_known():\n    assert False\n"
HANGING = "import pytest, threading\n\n@pytest.mark.time_limit(0.2)\ndef test_hangs():\n    threading.Event().wait()\n"
HANGING_LOOP = (
    "import anyio, pytest\n\n@pytest.mark.anyio\n@pytest.mark.time_limit(0.2)\n"
    "async def test_hangs():\n    await anyio.sleep_forever()\n"
)
LOOP = (
    "import asyncio, pytest\n\n@pytest.mark.anyio\nasync def test_loop():\n"
    "    assert type(asyncio.get_running_loop()).__module__.startswith('asyncio')\n"
)
SETTINGS = "import os\n\ndef test_environment():\n    assert 'OMNIBOUND_PORT' not in os.environ\n"


def outcome(directory: Path, test: str, *, require_all: bool) -> str:
    """The counts of pytest's closing line for one file under our conftest.py."""
    shutil.copy(CONFTEST, directory)
    (directory / "pytest.ini").write_text(OPTIONS)
    (directory / "test_it.py").write_text(test)
    environment = os.environ | {"OMNIBOUND_REQUIRE_ALL": "1" if require_all else "0", "OMNIBOUND_PORT": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "--color=no"]
    result = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    closing = result.stdout.splitlines()[-1]
    return re.sub(r"^=+ | in [\d.]+s.*$", "", closing)


@pytest.mark.parametrize(
    ("test", "require_all", "expected"),
    [
        pytest.param(SKIPPED, False, "1 skipped", id="skip"),
        pytest.param(SKIPPED, True, "1 failed", id="skip-refused"),
        pytest.param(SKIPPED_MODULE, False, "1 skipped", id="module-skip"),
        pytest.param(SKIPPED_MODULE, True, "1 error", id="module-skip-refused"),
        pytest.param(EXPECTED_FAILURE, True, "1 xfailed", id="expected-failure"),
        pytest.param(HANGING, False, "1 failed", id="hanging"),
        pytest.param(HANGING_LOOP, False, "1 failed", id="hanging-loop"),
        pytest.param(LOOP, True, "1 passed", id="loop"),
        pytest.param(SETTINGS, True, "1 passed", id="settings"),
    ],
)
def test_outcome(tmp_path: Path, test: str, require_all: bool, expected: str) -> None:
    assert outcome(tmp_path, test, require_all=require_all) == expected
