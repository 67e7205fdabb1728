"""`[[routes]]`, `[routing]` and `[money]` in the configuration."""

from pathlib import Path

import pytest

from omnibound.config import Config, read_config
from omnibound.domain.errors import Invalid
from omnibound.domain.flow import SECOND
from omnibound.domain.health import Limits
from omnibound.domain.routing import Route

HEAD = '[[routes]]\nchannel = "SMS"\n'


def read(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "omnibound.toml"
    path.write_text(text)
    return read_config(path, environment={})


def test_routes_are_read(tmp_path: Path) -> None:
    one = f'{HEAD}prefix = "+41"\naccount = "bank"\nsender = ["A", "B"]\nconnectors = ["a"]\n'
    two = f'{HEAD}prefix = ["0048", "49"]\nby = "weight"\nweights = [1, 3]\nconnectors = ["a", "b"]\n'
    config = read(tmp_path, f"{one}{two}{HEAD}connectors = ['c']\n[routing]\nwindow_s = 10\nerrors = 0.2\n")
    assert [table.route for table in config.routes] == [
        Route(channel="SMS", connectors=("a",), prefixes=("41",), accounts=("bank",), senders=("A", "B")),
        Route(channel="SMS", connectors=("a", "b"), prefixes=("48", "49"), by="weight", weights=(1, 3)),
        Route(channel="SMS", connectors=("c",)),
    ]
    assert config.routing.limits == Limits(window=10 * SECOND, errors=0.2)
    assert (Config().routes, Config().routing.limits, Config().money.refund) == ((), Limits(), True)


@pytest.mark.parametrize(
    "wrong",
    [
        'connectors = ["a"]\nprefix = "4x"\n',
        'connectors = ["a"]\nprefix = ["41", ""]\n',
        "connectors = []\n",
        'connectors = ["a"]\nby = "dice"\n',
        'connectors = ["a"]\nweights = [0]\n',
        'connectors = ["a"]\ncolour = "red"\n',
        "",
    ],
)
def test_what_is_refused(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(Invalid):
        read(tmp_path, HEAD + wrong)
