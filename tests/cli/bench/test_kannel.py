"""The comparison with Kannel in small, with its real processes; who is called back, and what is told of it."""

import asyncio
from collections import defaultdict
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from omnibound.cli.bench import kannel, kannel_boxes
from omnibound.cli.bench.callback_process import Callback
from omnibound.cli.bench.callbacks import Callbacks
from omnibound.cli.bench.client import connect, request
from omnibound.cli.bench.figures import Figure
from omnibound.cli.bench.kannel import Sent
from omnibound.domain.errors import NotFound

pytestmark = pytest.mark.anyio


@pytest.mark.slow
@pytest.mark.time_limit(240)
async def test_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        kannel_boxes.found("bearerbox")
    except NotFound as error:
        pytest.skip(str(error))
    monkeypatch.setattr(kannel, "TURNS", 1)
    monkeypatch.setattr(kannel, "WARM_UP", 20)
    figures = {figure.what: figure.value for figure in await kannel.kannel(100, 0.2)}
    # Nothing is said of time: the machine may be busy.
    bulks = "Omnibound, bulks of 1,000, 100 reports in a POST"
    singly = [
        "to the callback", "CPU of its processes", "without a callback", "request to callback p50",
        "request to callback p99",
    ]  # fmt: skip
    assert [name.partition(": ")[2] for name in figures] == [
        *singly, *singly, *singly[:3], "messages/s", "CPU each", "messages/s", "CPU each",
    ]  # fmt: skip
    assert [figures[f"{name}: without a callback"] for name in ("Kannel", "Omnibound", bulks)] == [0, 0, 0]
    assert all(value > 0 for name, value in figures.items() if "without" not in name)


async def test_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kannel_boxes.shutil, "which", lambda *_, **__: None)
    (figure,) = await kannel.kannel(100, 0.1)
    assert figure.what == "beside Kannel: not measured (the program bearerbox is missing (Debian: kannel))"


def test_it_is_found_where_only_root_looks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotFound):
        kannel_boxes.found("no-such-box")
    (tmp_path / "smsbox").touch(mode=0o755)
    assert kannel_boxes.found("smsbox") == str(tmp_path / "smsbox")


def test_what_is_asked_of_it() -> None:
    line = kannel._kannels(["41790000001"], "http://127.0.0.1:9/7").partition(b"\r\n")[0].decode()
    target = urlsplit(line.split(" ")[1])
    query = {name: value for name, (value,) in parse_qs(target.query).items()}
    assert (target.path, query["to"], query["dlr-mask"]) == ("/cgi-bin/sendsms", "41790000001", "3")
    assert query["dlr-url"] == "http://127.0.0.1:9/7?to=41790000001"


def test_rows_and_ratios() -> None:
    rows = {
        "Kannel": kannel._summed([Sent(100, 1.0, 50_000, 90), Sent(100, 1.0, 70_000, 100)]),
        "Omnibound": Sent(200, 1.0, 240_000, 200),
    }
    assert kannel._rows("Kannel", rows["Kannel"], [0.1, 0.2, 0.3]) == [
        Figure("Kannel: to the callback", 95.0, "messages/s"),
        Figure("Kannel: CPU of its processes", 600.0, "us each"),
        Figure("Kannel: without a callback", 10, "messages", "0"),
        Figure("Kannel, 200/s offered: request to callback p50", 200.0, "ms"),
        Figure("Kannel, 200/s offered: request to callback p99", 300.0, "ms"),
    ]
    assert kannel._ratios(rows) == [
        Figure("Omnibound by Kannel: messages/s", pytest.approx(100 * 200 / 95), "%"),  # pyright: ignore[reportArgumentType]
        Figure("Omnibound by Kannel: CPU each", 200.0, "%"),
    ]


async def test_who_is_called_back() -> None:
    turns: defaultdict[int, dict[str, float]] = defaultdict(dict)
    server = await asyncio.get_running_loop().create_server(lambda: Callback(turns), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    told = Callbacks(url)
    async with server:
        connection = await connect(url)
        body = b'{"results":[{"messageId":"a","to":"4102"},{"messageId":"b","to": "4103"}]}'
        asked = [
            request("GET", "/1?to=4101", ""), request("POST", "/1", "", body), request("GET", "/2?to=4101", ""),
            request("GET", "/1?to=4101", ""), request("GET", "/favicon.ico", ""),
        ]  # fmt: skip
        answers = [await connection.ask(each) for each in asked]
        assert answers == [(200, b"")] * 4 + [(200, b"{}")]
        first = await told.when(1, 3, 5)
        assert sorted(first) == ["4101", "4102", "4103"]
        assert first["4101"] <= first["4102"] == first["4103"]
        assert list(await told.when(2, 1, 5)) == ["4101"]
        assert await told.when(3, 1, 0.01) == {}
        assert told.address(3) == f"{url}3"
        connection.close()
