"""What is shipped beside the code is what the code takes: the example configuration, the units, the container file."""

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from omnibound.channels.base import read_settings
from omnibound.cli.main import app
from omnibound.config import read_config

PLACE = Path(__file__).parents[1]
PACKAGING = PLACE / "packaging"
UNITS = sorted(path.name for path in PACKAGING.glob("omnibound*.*") if path.suffix in (".service", ".timer"))
COMMANDS = get_command(app)
HARDENED = {
    "CapabilityBoundingSet": "", "NoNewPrivileges": "yes", "PrivateDevices": "yes", "ProtectHome": "yes",
    "ProtectSystem": "strict", "UMask": "0077", "User": "omnibound",
}  # fmt: skip


class _Unit(configparser.RawConfigParser):
    """Names of settings as they are written."""

    def __init__(self) -> None:
        super().__init__(strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
        self.optionxform = str  # pyright: ignore[reportAttributeAccessIssue]


def unit(name: str) -> configparser.RawConfigParser:
    parser = _Unit()
    parser.read_string((PACKAGING / name).read_text())
    return parser


def commands(text: str) -> list[list[str]]:
    """The words of each `omnibound` that is run."""
    return [shlex.split(found) for found in re.findall(r"/opt/omnibound/bin/omnibound ([^'\n]+)", text)]


def test_the_example_configuration() -> None:
    config = read_config(PACKAGING / "omnibound.toml", {})
    assert (config.host, config.data) == ("127.0.0.1", "/var/lib/omnibound")
    assert config.security.trusted_proxies == ("127.0.0.1",)
    (connector,) = config.connectors
    assert read_settings(connector).name == "carrier-a"


def test_the_units_run_commands_that_there_are() -> None:
    ran = [words for name in UNITS for words in commands((PACKAGING / name).read_text())]
    assert [words[0] for words in ran] == ["backup", "serve", "reload"]
    for name, *words in ran:
        known = {option for parameter in COMMANDS.commands[name].params for option in parameter.opts}  # pyright: ignore[reportAttributeAccessIssue]
        assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("name", ["omnibound.service", "omnibound-backup.service"])
def test_the_services_may_do_little(name: str) -> None:
    service = unit(name)["Service"]
    assert {setting: service[setting] for setting in HARDENED} == HARDENED


def test_a_stop_leaves_the_calls() -> None:
    service = unit("omnibound.service")["Service"]
    assert (service["KillMode"], service["KillSignal"], service["Restart"]) == ("process", "SIGTERM", "on-failure")
    assert int(service["TimeoutStopSec"]) >= 30
    assert "$(date +%%F)" in unit("omnibound-backup.service")["Service"]["ExecStart"]


@pytest.mark.slow
def test_systemd_understands_them(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        return  # Only where there is one: a container has none, and nothing else can tell.
    for name in UNITS:
        text = (PACKAGING / name).read_text()
        (tmp_path / name).write_text(
            text.replace("/opt/omnibound/bin/omnibound", f"{Path(sys.executable).parent}/omnibound")
        )
    command = ["systemd-analyze", "verify", *(str(tmp_path / name) for name in UNITS)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n\s*", "", (PACKAGING / "Containerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines]


def test_the_container_file() -> None:
    said = instructions()
    second = [name for name, _ in said].index("FROM", 1)
    first, last = said[:second], dict(said[second:])
    assert last["USER"] == "omnibound"
    assert last["VOLUME"] == "/var/lib/omnibound"
    assert last["STOPSIGNAL"] == "SIGTERM"
    assert "/health" in last["HEALTHCHECK"]
    assert (last["ENTRYPOINT"], last["CMD"]) == ('["omnibound"]', '["serve"]')
    for name, words in first:
        if name == "COPY":
            assert all((PLACE / source).exists() for source in words.split()[:-1])


@pytest.mark.parametrize("command", [words for name, words in instructions() if name == "RUN"])
def test_what_the_container_file_runs_is_shell(command: str) -> None:
    shell = shutil.which("sh")
    assert shell is not None
    assert subprocess.run([shell, "-n", "-c", command], check=False).returncode == 0


def test_the_health_check_says_what_is_wrong() -> None:
    (check,) = [words for name, words in instructions() if name == "HEALTHCHECK"]
    assert check.startswith("--interval=10s")
    code = check.partition("CMD ")[2]
    compile(code[code.index('"import') + 1 : -2], "healthcheck", "exec")
