"""How the parts come together: one server a data folder, keys that stay, connectors that are as their tables say."""

import stat
from pathlib import Path
from typing import Any

import pytest

from omnibound.bootstrap import (
    Running,
    add_account,
    admin_key,
    dialect_settings,
    now_us,
    opened,
    running,
)
from omnibound.bootstrap_connectors import build_channels, check_names
from omnibound.config import Config, EngineTable, RetentionTable, SecurityTable
from omnibound.dialects.conpeek import ConpeekSettings
from omnibound.dialects.infobip_omni.settings import OmniSettings
from omnibound.dialects.sinch_obi import ObiSettings
from omnibound.domain.errors import Invalid
from omnibound.domain.live import Live, Stage
from omnibound.domain.message import Class
from omnibound.services.message_ids import MessageIds

pytestmark = pytest.mark.anyio

SMPP = {"name": "a", "kind": "smpp", "host": "127.0.0.1", "port": 2775, "system_id": "u"}
IDS = MessageIds(b"k" * 16)


def config_of(folder: Path, *connectors: dict[str, Any], **other: Any) -> Config:
    return Config(data=str(folder / "data"), port=0, connectors=connectors, **other)


# -- the data folder ---------------------------------------------------------------------------------------------


async def test_one_server_a_data_folder(tmp_path: Path) -> None:
    config = config_of(tmp_path)
    async with running(config):
        with pytest.raises(Invalid, match="another server runs on the data folder") as raised:
            async with running(config):
                pass
        assert raised.value.field == "data"
        async with running(config_of(tmp_path / "other")) as beside:
            assert isinstance(beside, Running)
    async with running(config) as again:
        assert list(again.channels) == []


@pytest.mark.parametrize(
    ("voices", "said"),
    [
        (({"id": "a", "engine": "pigeon"},), "engine is one of"),
        (({"id": "a", "engine": "espeak", "language": "en", "colour": 1},), "colour"),
        (({"id": "a", "engine": "espeak", "language": "en"},) * 2, "two voices have the id a"),
    ],
)
async def test_a_wrong_voice_is_refused_at_the_start(
    tmp_path: Path, voices: tuple[dict[str, Any], ...], said: str
) -> None:
    with pytest.raises(Invalid, match=said) as raised:
        async with running(config_of(tmp_path, voices=voices)):
            pass
    assert raised.value.field == "voices"


async def test_a_start_that_fails_leaves_the_folder_free(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="pigeon"):
        async with running(config_of(tmp_path, {"name": "a", "kind": "pigeon"})):
            pass
    async with running(config_of(tmp_path)) as parts:
        assert parts.worker.load()["unfinished"] == 0


def modes(config: Config) -> tuple[int, int, str]:
    """Of the data folder and of the key in it; and the key."""
    folder, key = Path(config.data), Path(config.data) / "admin.key"
    return stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE(key.stat().st_mode), key.read_text()


async def test_folder_and_key_are_the_owners_only(tmp_path: Path) -> None:
    config = config_of(tmp_path)
    async with running(config) as parts:
        made = parts.admin_key
    assert len(made) >= 43
    assert modes(config) == (0o700, 0o600, made + "\n")
    async with running(config) as parts:
        assert parts.admin_key == made


def test_the_key_is_made_once(tmp_path: Path) -> None:
    first, other = config_of(tmp_path), config_of(tmp_path / "other")
    assert admin_key(first) == admin_key(first)
    assert admin_key(first) != admin_key(other)


def test_a_configured_key_makes_no_file(tmp_path: Path) -> None:
    config = config_of(tmp_path, security=SecurityTable(admin_key="ours"))
    assert admin_key(config) == "ours"
    assert not Path(config.data).exists()


@pytest.mark.parametrize(("text", "kept"), [("own key\n", "own key"), ("", ""), ("\n", "")])
def test_a_key_file_that_is_there(tmp_path: Path, text: str, kept: str) -> None:
    """A file that a crash left empty is filled: an empty key would lock the operators out."""
    config = config_of(tmp_path)
    path = Path(config.data) / "admin.key"
    path.parent.mkdir()
    path.touch(0o600)
    path.write_text(text)
    found = admin_key(config)
    assert (found == kept) == bool(kept)
    assert found
    assert admin_key(config) == found
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


# -- connectors --------------------------------------------------------------------------------------------------

NAMES = [
    ([{}], "connector number 1 has no name"),
    ([{"name": "a"}, {"name": ""}], "connector number 2 has no name"),
    ([{"name": "b"}, {"name": "a"}, {"name": "b"}, {"name": "a"}], "two connectors are named a"),
]


@pytest.mark.parametrize(("tables", "words"), NAMES)
def test_wrong_names(tables: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(Invalid, match=words) as raised:
        check_names(Config(connectors=tuple(tables)))
    assert raised.value.field == "connectors"


def test_names_that_differ_are_fine() -> None:
    check_names(Config(connectors=({"name": "a"}, {"name": "A"}, {"name": "a "})))


TABLES: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "pigeon"}, "no kind of connector 'pigeon'; there are: fcm, sip, smpp", "kind"),
    ({"kind": ""}, "no kind of connector ''", "kind"),
    ({"kind": "base"}, "no kind of connector 'base'", "kind"),
    ({"name": 7}, "Expected `str`", "name"),
    ({"port": 0}, "connector 'a': Expected `int` >= 1", "port"),
    ({"port": "2775"}, "connector 'a': Expected `int`, got `str`", "port"),
    ({"windw": 1}, "unknown field `windw`", ""),
    ({"window": 0}, "connector 'a'", "window"),
    ({"binds": 0}, "connector 'a'", "binds"),
    ({"bind": "both"}, "connector 'a'", "bind"),
    ({"rate": -0.5}, "connector 'a'", "rate"),
    ({"on_ambiguous": "guess"}, "connector 'a'", "on_ambiguous"),
    ({"system_id": "ż"}, "system_id: not Latin-1", "system_id"),
    ({"password": "x" * 65}, "length <= 64", "password"),
    ({"tls": True, "tls_ca": "nowhere.pem"}, "tls_ca cannot be read", "tls_ca"),
]


@pytest.mark.parametrize(("wrong", "words", "field"), TABLES)
async def test_wrong_tables(tmp_path: Path, wrong: dict[str, Any], words: str, field: str) -> None:
    config = config_of(tmp_path, {**SMPP, **wrong})
    async with opened(config) as store:
        with pytest.raises(Invalid, match=words) as raised:
            build_channels(config, store, IDS)
    assert raised.value.field == field


@pytest.mark.parametrize("missing", ["host", "system_id"])
async def test_what_a_table_lacks_is_named(tmp_path: Path, missing: str) -> None:
    config = config_of(tmp_path, {name: value for name, value in SMPP.items() if name != missing})
    async with opened(config) as store:
        with pytest.raises(Invalid, match=f"connector 'a': .*`{missing}`"):
            build_channels(config, store, IDS)


async def test_channels_are_as_their_tables_say(tmp_path: Path) -> None:
    config = config_of(tmp_path, SMPP, {**SMPP, "name": "b", "channel": "VIBER", "on_ambiguous": "hold"})
    async with opened(config) as store:
        made = build_channels(config, store, IDS)
    assert [(each.name, each.channel, each.resend, each.up()) for each in made] == [
        ("a", "SMS", True, False),
        ("b", "VIBER", False, False),
    ]


# -- what else is configured -------------------------------------------------------------------------------------


def test_dialects_have_their_tables() -> None:
    assert dialect_settings(Config()) == {
        "conpeek": ConpeekSettings(), "infobip_omni": OmniSettings(), "sinch_obi": ObiSettings(),
    }  # fmt: skip
    given = {"omni": {"create_status": "200", "throttles": "false", "max_body": 5}, "obi": {"default_format": "xml"}}
    assert dialect_settings(Config(sections=given)) == {
        "conpeek": ConpeekSettings(),
        "infobip_omni": OmniSettings(create_status=200, throttles=False, max_body=5),
        "sinch_obi": ObiSettings(default_format="xml"),
    }


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"speed": {}, "colour": {}}, r"no table \[colour\]"),
        ({"sections": {}}, r"no table \[sections\]"),
        ({"omni": {"create_status": 204}}, r"\[omni\].*create_status"),
        ({"omni": {"create_statsu": 200}}, r"\[omni\].*create_statsu"),
        ({"omni": {"throttles": "perhaps"}}, r"\[omni\].*throttles"),
    ],
)
def test_wrong_tables_of_dialects(sections: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=words) as raised:
        dialect_settings(Config(sections=sections))
    assert raised.value.field in ("colour", "sections", "omni")


async def test_bounds_reach_the_engine(tmp_path: Path) -> None:
    engine = EngineTable(queue=100, backlog=5)
    config = config_of(tmp_path, SMPP, engine=engine, retention=RetentionTable(content_days=1))
    async with running(config) as parts:
        owners = [parts.worker.owner_for(1, cls, 1_000, "SMS")[1] for cls in Class]
        assert owners == [100, 95, 80]
        parts.worker.admit(5)
        with pytest.raises(Exception, match="0 deliveries are unfinished already"):
            parts.worker.admit(6)


async def test_message_ids_stay_the_same_over_a_restart(tmp_path: Path) -> None:
    config = config_of(tmp_path)
    texts: list[str] = []
    for _ in range(2):
        async with running(config) as parts:
            texts.append(parts.services.ids.attempt_text(123, 4))
    assert texts[0] == texts[1]
    async with running(config_of(tmp_path / "other")) as parts:
        assert parts.services.ids.attempt_text(123, 4) != texts[0]


async def test_an_account_is_added_beside_a_running_server(tmp_path: Path) -> None:
    config = config_of(tmp_path)
    async with running(config) as parts:
        made = await add_account(config, "shop", password="p", notify_url="https://x.example/r")
        account = await parts.services.sign_in.basic("shop", "p")
        assert (account.name, account.username, account.notify_url) == ("shop", "shop", "https://x.example/r")
        assert (await parts.services.sign_in.key(made.api_key)).id == account.id
        with pytest.raises(Invalid, match="exists already: shop"):
            await add_account(config, "shop")


def test_now_is_in_microseconds() -> None:
    assert 1_700_000_000_000_000 < now_us() < 5_000_000_000_000_000
    assert Live(1, 1, 1, 0, Stage.WAITING, 0, 0, 1, 0, now_us(), 0).due_at <= now_us()
