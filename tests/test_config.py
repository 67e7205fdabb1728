"""File < environment < flags; whatever is wrong is named; what is secret is not printed."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.channels.base import kinds, read_settings
from omnibound.config import (
    HIDDEN,
    SECRETS,
    Config,
    EngineTable,
    ReportsTable,
    SecurityTable,
    VoiceTable,
    printable,
    read_config,
)
from omnibound.domain.errors import Invalid


def written(folder: Path, text: str) -> Path:
    path = folder / "omnibound.toml"
    path.write_text(text)
    return path


def test_nothing_said_is_the_defaults() -> None:
    assert read_config(environment={}) == Config()


FILE = '[engine]\nqueue = 1\nbacklog = 10\n[omni]\nreport_rows = "steps"\n'


def test_file_then_environment_then_flags(tmp_path: Path) -> None:
    path = written(tmp_path, f'host = "file"\nport = 1\ndata = "file"\n{FILE}')
    environment = {
        "OMNIBOUND_PORT": "2",
        "OMNIBOUND_DATA": "environment",
        "OMNIBOUND_ENGINE__QUEUE": "2",
        "OMNIBOUND_OMNI__CREATE_STATUS": "200",
        "OMNIBOUND_REPORTS__PULL_PUSHED": "false",
        "PATH": "not ours",
    }
    assert read_config(path, {"data": "flag", "host": None}, environment) == Config(
        host="file",
        port=2,
        data="flag",
        engine=EngineTable(queue=2, backlog=10),
        reports=ReportsTable(pull_pushed=False),
        sections={"omni": {"report_rows": "steps", "create_status": "200"}},
    )


def test_the_process_own_environment_is_read_where_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNIBOUND_PORT", "7")
    assert read_config() == Config(port=7)
    assert read_config(environment={}) == Config()


def test_what_clients_and_tests_read_is_not_the_servers() -> None:
    given = {"OMNIBOUND_URL": "u", "OMNIBOUND_API_KEY": "k", "OMNIBOUND_REQUIRE_ALL": "1"}
    assert read_config(environment=given) == Config()


@given(
    file=st.none() | st.integers(0, 65535),
    environment=st.none() | st.integers(0, 65535),
    flag=st.none() | st.integers(0, 65535),
)
def test_the_nearest_word_counts(
    tmp_path_factory: pytest.TempPathFactory, file: int | None, environment: int | None, flag: int | None
) -> None:
    path = written(tmp_path_factory.getbasetemp(), "" if file is None else f"port = {file}")
    outside = {} if environment is None else {"OMNIBOUND_PORT": str(environment)}
    said = [value for value in (flag, environment, file) if value is not None]
    assert read_config(path, {"port": flag}, outside).port == (said[0] if said else Config().port)


WRONG_FILES = [
    ("prot = 1", "knows no prot", "prot"),
    ("b = 1\na = 2", "knows no a, b", "a"),
    ("port = 65536", r"\$\.port", ""),
    ("port = -1", r"\$\.port", ""),
    ('host = ["a"]', r"\$\.host", ""),
    ('database = "postgresql"', r"\$\.database", ""),
    ('log_level = "loud"', r"\$\.log_level", ""),
    ('connectors = "a"', r"\$\.connectors", ""),
    ("connectors = [1]", r"\$\.connectors\[0\]", ""),
    ("engine = 1", r"\$\.engine", ""),
    ("[engine]\nqueue = 0", r"\$\.engine\.queue", ""),
    ("[engine]\nqueue = true", r"\$\.engine\.queue", ""),
    ("[engine]\nbacklog = 0.5", r"\$\.engine\.backlog", ""),
    ("[engine]\nvalidity_s = 0", r"\$\.engine\.validity_s", ""),
    ("[engine]\nvalidity_s = inf", r"\$\.engine\.validity_s", ""),
    ("[engine]\nretry_for_s = nan", r"\$\.engine\.retry_for_s", ""),
    ("[engine]\nreceipt_wait_s = 1e300", r"\$\.engine\.receipt_wait_s", ""),
    ("[engine]\nqeue = 1", "qeue", ""),
    ("[reports]\npush_batch = 1001", r"\$\.reports\.push_batch", ""),
    ("[reports]\npush_per_url = 0", r"\$\.reports\.push_per_url", ""),
    ("[reports]\npush_at_once = 0", r"\$\.reports\.push_at_once", ""),
    ("[reports]\npush_timeout_s = inf", r"\$\.reports\.push_timeout_s", ""),
    ('[reports]\npull_pushed = "perhaps"', r"\$\.reports\.pull_pushed", ""),
    ('[security]\nallow_private = "10.0.0.0/8"', r"\$\.security\.allow_private", ""),
    ('[security]\nallow_private = ["nonsense"]', "'nonsense' does not appear .*security", ""),
    ('[security]\ntrusted_proxies = ["*"]', "'\\*' does not appear .*security", ""),
    ("[security]\nadmin_key = 1", r"\$\.security\.admin_key", ""),
    ("[security]\nadmin = 1", "admin", ""),
    ("port = ", "is not TOML", ""),
    ("port = 1\nport = 2", "is not TOML", ""),
]


@pytest.mark.parametrize(("text", "words", "field"), WRONG_FILES)
def test_what_is_wrong_in_a_file_is_named(tmp_path: Path, text: str, words: str, field: str) -> None:
    with pytest.raises(Invalid, match=words) as raised:
        read_config(written(tmp_path, text), environment={})
    assert raised.value.field == field


WRONG_OUTSIDE = [
    ("", "PROT", "1", "knows no prot"),
    ("", "PORT", "many", r"\$\.port"),
    ("", "PORT", "", r"\$\.port"),
    ("", "ENGINE", "x", r"\$\.engine"),
    ("", "PORT__X", "1", r"\$\.port"),
    ("", "CONNECTORS", "x", r"\$\.connectors"),
    ("port = 1", "PORT__X", "1", "OMNIBOUND_PORT__X: port is not a table"),
    ('[[connectors]]\nname = "a"', "CONNECTORS__NAME", "b", "OMNIBOUND_CONNECTORS__NAME: connectors is not a table"),
    ("[omni]\na = 1", "OMNI__A__B", "1", "OMNIBOUND_OMNI__A__B: a is not a table"),
]


@pytest.mark.parametrize(("text", "name", "value", "words"), WRONG_OUTSIDE)
def test_what_is_wrong_in_the_environment_is_named(
    tmp_path: Path, text: str, name: str, value: str, words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        read_config(written(tmp_path, text), environment={f"OMNIBOUND_{name}": value})


def test_a_wrong_flag_is_named() -> None:
    with pytest.raises(Invalid, match=r"\$\.port"):
        read_config(None, {"port": 70_000}, {})


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'host = "\xe9"')
    for path, words in [
        (tmp_path / "none.toml", "there is no configuration file"),
        (tmp_path, "cannot be read"),
        (latin, "is not TOML"),
    ]:
        with pytest.raises(Invalid, match=words) as raised:
            read_config(path, environment={})
        assert str(path) in raised.value.text


@pytest.mark.parametrize("level", ["debug", "INFO", "Warning", "error"])
def test_levels_in_any_case(level: str) -> None:
    assert read_config(environment={"OMNIBOUND_LOG_LEVEL": level}).log_level == level


@pytest.mark.parametrize("level", ["", "infos", "xinfo", "info\n", "20"])
def test_other_levels_are_refused(level: str) -> None:
    with pytest.raises(Invalid, match="log_level"):
        read_config(environment={"OMNIBOUND_LOG_LEVEL": level})


# -- what is printed ---------------------------------------------------------------------------------------------

SECRET = "hunter2"
TABLES: dict[str, dict[str, Any]] = {
    "smpp": {"host": "h", "system_id": "shown", "password": SECRET},
    "sip": {"host": "h", "username": "shown", "password": SECRET, "lines": 1, "rate": 1},
    "smtp": {"host": "h", "from": "a@example.com", "username": "shown", "password": SECRET},
    "fcm": {"credentials": {"private_key": SECRET, "client_email": SECRET, "deep": [{"er": SECRET}]}},
}


def test_there_is_a_table_for_every_kind() -> None:
    assert set(TABLES) == set(kinds())


@pytest.mark.parametrize("kind", TABLES)
def test_no_secret_of_a_connector_is_printed(kind: str) -> None:
    table = {"name": "n", "kind": kind, "channel": "C", **TABLES[kind]}
    for value in (Config(connectors=(table,)), table, read_settings(table)):
        text = json.dumps(printable(value))
        assert SECRET not in text
        assert (HIDDEN in text, '"n"' in text) == (True, True)


def test_the_rest_is_printed_as_it_is() -> None:
    table = {"name": "a", "password": SECRET, "errors": {"027": "gsm:27"}}
    config = Config(
        connectors=(table,), security=SecurityTable(admin_key="k", allow_private=("10.0.0.0/8",)),
        sections={"omni": {"api_key": "x", "rows": [1, None]}},
    )  # fmt: skip
    told = printable(config)
    assert told["connectors"] == [{"name": "a", "password": HIDDEN, "errors": {"027": "gsm:27"}}]
    assert told["security"] == {"allow_private": ["10.0.0.0/8"], "admin_key": HIDDEN, "trusted_proxies": []}
    assert told["sections"] == {"omni": {"api_key": HIDDEN, "rows": [1, None]}}
    assert (told["host"], told["port"], told["engine"]["queue"]) == ("127.0.0.1", 8080, 50_000)
    assert list(told) == list(Config.__struct_fields__)


def test_what_is_empty_hides_nothing() -> None:
    assert printable(SecurityTable())["admin_key"] == ""


values = st.recursive(
    st.just(SECRET), lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab"), inner, max_size=2)
)


@given(st.sampled_from(SECRETS), st.text("xyz_", max_size=3), st.text("xyz_", max_size=3), values)
def test_nothing_below_a_secrets_name_is_printed(secret: str, before: str, after: str, value: Any) -> None:
    told = printable({"table": [{before + secret + after: value, "other": "seen"}]})
    assert SECRET not in json.dumps(told)
    assert told["table"][0]["other"] == "seen"


@pytest.mark.parametrize(
    "table",
    ['bind = "here"', 'bind = "127.0.0.1"', "rtp_ports = [16384]", "rtp_ports = [5, 4]", "silence_s = -1"],
)
def test_voice_that_makes_no_sense(tmp_path: Path, table: str) -> None:
    with pytest.raises(Invalid, match=r"configuration: .*voice"):
        read_config(written(tmp_path, f"[voice]\n{table}\n"), environment={})


@pytest.mark.parametrize(
    ("bind", "where"), [("0.0.0.0:5060", ("0.0.0.0", 5060)), ("[::1]:7", ("::1", 7))], ids=["version 4", "version 6"]
)
def test_where_the_telephone_listens(bind: str, where: tuple[str, int]) -> None:
    assert VoiceTable(bind=bind).where == where
