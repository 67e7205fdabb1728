"""`omnibound nodes`: the servers that share a database."""

import asyncio

import msgspec
import typer

from omnibound.api.nodes import NodeOut, NodesOut, write_nodes
from omnibound.bootstrap import opened
from omnibound.cli.options import ConfigFile, Data, Database, Json, configured, told
from omnibound.config import Config

_HEADS = ("slot", "host", "version", "started", "lease", "holds")


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def nodes(data: Data = None, database: Database = None, config: ConfigFile = None, as_json: Json = False) -> None:
        """The servers that share a database: since when, how long their leases last, what each holds."""
        settings = configured(config, data=data, database=database)
        with told(1):
            found = asyncio.run(_all(settings))
        if as_json:
            typer.echo(msgspec.json.encode(found).decode())
        else:
            typer.echo("\n".join("\t".join(row) for row in [_HEADS, *map(_row, found.nodes)]))


async def _all(config: Config) -> NodesOut:
    async with opened(config) as store:
        return write_nodes(await store.nodes.sight())


def _row(node: NodeOut) -> tuple[str, ...]:
    since = f"{node.started_at:%Y-%m-%d %H:%M:%S}" if node.started_at else ""
    lease = f"{node.lease_s:g} s" if node.alive else f"over since {-node.lease_s:g} s"
    return str(node.slot), node.host, node.version, since, lease, _short(node.holds)


def _short(holds: list[str]) -> str:
    """Binds of a connector are counted, the rest is named."""
    binds = [name.split(":")[1] for name in holds if name.startswith("bind:")]
    others = [name.removeprefix("chore:") for name in holds if not name.startswith("bind:")]
    return ", ".join([*(f"{name} x{binds.count(name)}" for name in dict.fromkeys(binds)), *others]) or "nothing"
