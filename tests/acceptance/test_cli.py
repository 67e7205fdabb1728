"""The command line as people and scripts use it."""

import asyncio
import re
from pathlib import Path

import pytest
import soundfile

from tests.acceptance.client import code
from tests.acceptance.processes import run, until
from tests.acceptance.stage import Stage

pytestmark = pytest.mark.anyio


async def test_account_add_prints_json_and_text(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path))
    made = await run("account", "add", "shop", "--username", "u", "--password", "p w", *data, "--json")
    told = made.json()
    assert (made.status, told["account"], told["username"], told["password"]) == (0, "shop", "u", "p w")
    assert re.fullmatch(r"[0-9a-f]{32}-[0-9a-f-]{36}", told["api_key"])
    text = await run("account", "add", "other", *data)
    assert text.status == 0
    assert re.search(r"^account: +other$.*^username: +other$.*^api_key: +\S+$", text.out, re.MULTILINE | re.DOTALL)
    again = await run("account", "add", "shop", *data)
    assert (again.status, again.out) == (1, "")
    assert "shop" in again.err
    assert "Traceback" not in again.err
    same_user = await run("account", "add", "third", "--username", "u", *data)
    assert same_user.status == 1
    assert "Traceback" not in same_user.err


async def test_migrate(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "new"))
    first, second = await run("migrate", *data), await run("migrate", *data)
    assert (first.status, second.status) == (0, 0)
    assert "from migration 0 to" in first.out
    assert "already at migration" in second.out


GOOD = 'log_level = "warning"\n[omni]\nreport_rows = "steps"\n'
SMPP = '[[connectors]]\nname = "a"\nkind = "smpp"\nhost = "127.0.0.1"\nport = 2775\nsystem_id = "u"\n'
BAD = {
    "unknown key": ("prot = 1", "prot"),
    "unknown table": ("[speed]\nx = 1", "speed"),
    "unknown member of a dialect": ("[omni]\ncreate_statsu = 200", "create_statsu"),
    "wrong choice of a dialect": ("[omni]\ncreate_status = 204", "create_status"),
    "unknown member of the engine": ("[engine]\nqeue = 1", "qeue"),
    "out of range": ("[engine]\nqueue = 0", "queue"),
    "wrong type": ('[engine]\nbacklog = "many"', "backlog"),
    "not TOML": ("port = ", "TOML"),
    "unknown kind": ('[[connectors]]\nname = "a"\nkind = "pigeon"', "pigeon"),
    "unknown member of a connector": (f"{SMPP}windw = 3", "windw"),
    "missing member of a connector": ('[[connectors]]\nname = "a"\nkind = "smpp"\nsystem_id = "u"', "host"),
    "credentials that are not there": (
        '[[connectors]]\nname = "p"\nkind = "fcm"\ncredentials = "nowhere.json"',
        "nowhere.json",
    ),
    "a name twice": (SMPP + SMPP, "two connectors are named a"),
    "a connector without a name": (SMPP.replace('name = "a"\n', ""), "name"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_configuration_is_refused_with_a_word(tmp_path: Path, name: str) -> None:
    text, word = BAD[name]
    config = tmp_path / "bad.toml"
    config.write_text(text)
    words = ("--config", str(config), "--data", str(tmp_path / "data"))
    served, looked = await asyncio.gather(run("serve", *words, "--port", "0"), run("doctor", *words))
    for ran in (served, looked):
        assert ran.status in (1, 2)
        assert word in ran.out + ran.err
        assert "Traceback" not in ran.out + ran.err


async def test_a_missing_file_is_told(tmp_path: Path) -> None:
    ran = await run("serve", "--config", str(tmp_path / "none.toml"))
    assert ran.status == 2
    assert "none.toml" in ran.err


async def test_doctor_is_content(tmp_path: Path) -> None:
    config = tmp_path / "good.toml"
    config.write_text(GOOD)
    ran = await run("doctor", "--config", str(config), "--data", str(tmp_path / "data"))
    lines = [line for line in ran.out.splitlines() if not re.search(r"127.0.0.1:8080", line)]
    assert [line for line in lines if line.startswith("FAIL")] == []
    assert "no connectors are configured" in ran.out
    assert not (tmp_path / "data").exists(), "looking leaves nothing behind"


async def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    mysql, no_folder, account, port = await asyncio.gather(
        run("serve", "--data", str(tmp_path / "a"), "--port", "0", "--database", "mysql://x"),
        run("serve", "--data", str(file), "--port", "0"),
        run("account", "add", "x", "--data", str(file)),
        run("simulate", "smsc", "--port", "99999"),
    )
    assert (mysql.status, "database" in mysql.err) == (2, True)
    assert (no_folder.status, str(file) in no_folder.err) == (2, True)
    assert (account.status, port.status) == (1, 2)
    for ran in (mysql, no_folder, account, port):
        assert "Traceback" not in ran.err


async def test_a_port_in_use_is_told(stage: Stage, tmp_path: Path) -> None:
    server = stage.prepare()
    await server.start()
    ran = await run("serve", "--data", str(tmp_path / "second"), "--port", str(server.port))
    assert ran.status != 0
    assert str(server.port) in ran.out + ran.err


async def test_send_and_reports(stage: Stage) -> None:
    smsc = await stage.smsc(delay=0)
    server, client = await stage.serve(smsc.connector())
    key = ("--url", server.url, "--api-key", client.key)
    sent = await run("send", "41795000001", "41795000002", "--sms", "hello", *key)
    assert sent.status == 0, sent.err
    ids = [row["messageId"] for row in sent.json()["messages"]]
    await smsc.reach(accepted=2)

    async def finished() -> bool:
        return (await server.health())["unfinished"] == 0

    await until(finished, "all is finished")
    taken = (await run("report", "take", *key)).json()["results"]
    assert {row["messageId"]: code(row) for row in taken} == dict.fromkeys(ids, ("SMS", 5, 0))
    assert (await run("report", "take", *key)).json() == {"results": []}
    again = (await run("report", "again", *key)).json()["reports"]
    assert {row["id"] for row in again} == set(ids)
    story = (await run("report", "show", ids[0], *key)).json()
    assert (story["id"], story["status"]) == (ids[0], "delivered")
    wrong = await run("report", "show", "no-such-id", *key)
    assert (wrong.status, "404" in wrong.err, "Traceback" in wrong.err) == (1, True, False)


async def test_nobody_there_and_a_wrong_key(stage: Stage) -> None:
    server = stage.prepare()
    nobody = await run("send", "41795000001", "--sms", "x", "--url", server.url, "--api-key", "k")
    assert (nobody.status, "no server answers" in nobody.err) == (1, True)
    await server.start()
    wrong = await run("report", "take", "--url", server.url, "--api-key", "wrong")
    assert (wrong.status, "401" in wrong.err) == (1, True)


async def test_simulate_magic() -> None:
    ran = await run("simulate", "magic")
    assert ran.status == 0
    assert set(re.findall(r"…(\d{3})", ran.out)) == {str(n) for n in range(900, 920)}


async def test_simulate_refuses_nonsense() -> None:
    smsc, http = await asyncio.gather(
        run("simulate", "smsc", "--port", "0", "--delay", "-1"),
        run("simulate", "http", "--port", "0", "--provider", "pigeon"),
    )
    assert (smsc.status, "delay" in smsc.err) == (2, True)
    assert (http.status, "pigeon" in http.err) == (2, True)


async def test_demo_walks_and_ends(tmp_path: Path) -> None:
    ran = await run("demo", "--once", "--port", "0", "--data", str(tmp_path))
    assert ran.status == 0, ran.err
    said = [line.split() for line in ran.out.splitlines() if line.startswith("   2")]
    assert [words[1:4] for words in said] == [
        ["PUSH", "simulated-fcm", "failed"],
        ["SMS", "simulated-smsc", "accepted"],
        ["SMS", "simulated-smsc", "delivered"],
        ["VOICE", "simulated-trunk", "accepted"],
        ["VOICE", "simulated-trunk", "enroute"],
        ["VOICE", "simulated-trunk", "delivered"],
    ]
    for words in ("DELIVERED_TO_HANDSET", "MESSAGE_ACCEPTED", "This is the SMS failover message", "VOICE_ANSWERED"):
        assert words in ran.out
    assert "/request_list -H" in ran.out
    assert [line.split()[-5:] for line in ran.out.splitlines() if "(calls " in line] == [
        ["SUCCESS", "(calls", "1,", "number", "1)"],
        ["BUSY", "(calls", "1,", "number", "1)"],
        ["SUCCESS", "(calls", "1,", "number", "2)"],
        ["REJECTED", "(calls", "1,", "number", "1)"],
        ["HANGUP", "(calls", "1,", "number", "1)"],
    ]
    assert "Test Campaign: Handled, handled 3, maxCalls 2, notHandled 0" in ran.out
    assert ran.err == ""
    heard = soundfile.info(tmp_path / "heard.wav")
    assert (heard.samplerate, heard.duration > 1, str(tmp_path / "heard.wav") in ran.out) == (8_000, True, True)
    again = await run("demo", "--once", "--port", "0", "--data", str(tmp_path))
    assert again.status == 0, again.err


async def test_help_names_every_command() -> None:
    ran = await run("--help")
    assert ran.status == 0
    for command in ("demo", "serve", "account", "send", "report", "simulate", "doctor", "migrate", "bench"):
        assert command in ran.out
