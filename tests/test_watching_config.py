"""The tables of watching: what they read like, and what is refused."""

from pathlib import Path

import pytest

from omnibound.config import Config, printable, read_config
from omnibound.domain.alerts import Kind, rule_of
from omnibound.domain.errors import Invalid
from omnibound.domain.flow import SECOND

ALERT = '[[alerts]]\nkind = "link_down"\nto = "https://ops.example/hook"\n'
MAIL = '[[alerts]]\nkind = "balance_low"\nto = ["https://ops.example", "mailto:ops@example.org"]\n'
SERVER = '[alerting]\nhost = "mail.example"\npassword = "hunter2"\n'


def config_of(tmp_path: Path, text: str) -> Config:
    file = tmp_path / "omnibound.toml"
    file.write_text(text)
    return read_config(file, environment={})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (ALERT + ALERT, r"two \[\[alerts\]\] are called link_down: give them names"),
        (MAIL, "mailto:ops@example.org needs a mail server"),
        (ALERT.replace("https:", "ftp:"), "neither a URL nor a mailto: address"),
        (ALERT.replace("https://ops.example/hook", "https:///x"), "neither a URL nor"),
        (ALERT.replace("https://ops.example/hook", "mailto:ops"), "no mail address"),
        (ALERT.replace("https://ops.example/hook", "mailto:o ps@example.org"), "no mail address"),
        (ALERT.replace("link_down", "link_up"), r"alerts\[0\].kind"),
        (ALERT + "for_s = -1\n", "for_s"),
        (ALERT + "thresold = 1\n", "thresold"),
        ('[log]\nformat = "xml"\n', "log.format"),
        ('[metrics]\ntokens = "x"\n', "tokens"),
        ('[otel]\nendpoint = "collector:4318"\n', "otel.endpoint"),
        ('[alerting]\ntls = "yes"\n', "alerting.tls"),
    ],
)
def test_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        config_of(tmp_path, text)


def test_rules(tmp_path: Path) -> None:
    text = (
        f'{ALERT}{ALERT}name = "again"\nthreshold = 2\nfor_s = 0\nonly = ["carrier-a"]\n{MAIL}least = 5\nover_s = 60\n'
    )
    one, again, money = [table.rule for table in config_of(tmp_path, text + SERVER).alerts]
    assert one == rule_of("link_down", Kind.LINK_DOWN, ("https://ops.example/hook",))
    assert (again.name, again.threshold, again.hold, again.only) == ("again", 2, 0, ("carrier-a",))
    assert money.to == ("https://ops.example", "mailto:ops@example.org")
    assert (money.least, money.over) == (5, 60 * SECOND)


def test_no_secret_is_printed(tmp_path: Path) -> None:
    text = SERVER + '[metrics]\ntoken = "hunter2"\n[otel]\nendpoint = "http://c:4318"\nheaders = { k = "hunter2" }\n'
    assert "hunter2" not in str(printable(config_of(tmp_path, text)))


def test_from_the_environment() -> None:
    config = read_config(environment={"OMNIBOUND_METRICS__TOKEN": "t", "OMNIBOUND_LOG__FORMAT": "json"})
    assert (config.metrics.token, config.log.format) == ("t", "json")
