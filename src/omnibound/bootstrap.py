"""The only place where concrete classes meet: configuration in, running parts out."""

import asyncio
import fcntl
import logging
import time
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from secrets import token_bytes, token_urlsafe
from typing import Any, NamedTuple

import msgspec

from omnibound.api.report_pushes import NativeReports
from omnibound.bootstrap_calls import build_announcements, telephone, voices_of
from omnibound.bootstrap_connectors import MakeChannel, build_channels, channel_maker
from omnibound.bootstrap_money import Money
from omnibound.bootstrap_nodes import Telephony, among_nodes, connect, joined
from omnibound.channels.base.telephone import Speak
from omnibound.config import Config
from omnibound.dialects.base import dialects
from omnibound.domain.account import Account
from omnibound.domain.campaign import CHANNEL as CALLS
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.flow import DAY, HOUR, SECOND
from omnibound.domain.ids import Mint
from omnibound.engine.housekeeping import Retention
from omnibound.engine.membership import Membership
from omnibound.engine.turn import Turn
from omnibound.engine.worker import EngineSettings, Worker
from omnibound.ports import Channel, MemberFormat, ReportFormat, Store
from omnibound.ports.agents import AgentLines
from omnibound.reports.guard import Guard
from omnibound.reports.post import Poster
from omnibound.reports.push import Pusher, PushParts, PushSettings
from omnibound.services.amend_campaigns import AmendCampaigns
from omnibound.services.base import Services
from omnibound.services.change_customers import ChangeCustomers
from omnibound.services.check_spoken import CheckSpoken
from omnibound.services.engine import Engine
from omnibound.services.explain_member import ExplainMember
from omnibound.services.explain_waiting import ExplainWaiting
from omnibound.services.fill_messages import filled_messages
from omnibound.services.fill_speech import Voices
from omnibound.services.import_members import ImportMembers
from omnibound.services.keep_accounts import Accounts, KnownAccounts
from omnibound.services.keep_agents import Agents
from omnibound.services.keep_announcements import Announcements
from omnibound.services.keep_bulks import Bulks
from omnibound.services.keep_campaigns import Campaigns, Terms
from omnibound.services.keep_customers import Customers
from omnibound.services.keep_devices import Devices
from omnibound.services.keep_keys import Keys
from omnibound.services.keep_numbers import Numbers
from omnibound.services.keep_parts import Parts
from omnibound.services.keep_people import People
from omnibound.services.keep_pushes import Pushes, WebhookSecrets
from omnibound.services.keep_scenarios import Scenarios
from omnibound.services.keep_webhooks import Webhooks
from omnibound.services.look_at_members import LookAtMembers, Probe
from omnibound.services.message_ids import KEY_BYTES, MessageIds
from omnibound.services.place_requests import Requests
from omnibound.services.push_bodies import PushBodies
from omnibound.services.read_calls import Calls, Show, no_telephone
from omnibound.services.read_customers import ReadCustomers
from omnibound.services.read_deliveries import Deliveries
from omnibound.services.read_inbound import Inbounds
from omnibound.services.read_logs import Logs
from omnibound.services.read_members import MemberEvents
from omnibound.services.read_reports import Reports
from omnibound.services.refs import LOOKUP_DAYS
from omnibound.services.send_messages import Checks, SendMessages, Timing
from omnibound.services.set_results import SetResults
from omnibound.services.sign_in import SignIn
from omnibound.services.view_campaigns import ViewCampaigns
from omnibound.store.opened import open_database
from omnibound.voice.line import Line

_log = logging.getLogger("omnibound")
CREATES = (20, 600)
UPDATES = (40, 600)
LOGS = (120, 60)


def now_us() -> int:
    """Now, in microseconds UTC."""
    return time.time_ns() // 1000


class Running(NamedTuple):
    """The parts of a running server."""

    config: Config
    store: Store
    services: Services
    worker: Worker
    channels: Sequence[Channel]
    """Those that carry now."""
    make_channel: MakeChannel
    admin_key: str
    membership: Membership
    pusher: Pusher
    alerts: Turn
    """Whether this node tells what all of them see alike."""


def dialect_settings(config: Config) -> dict[str, Any]:
    """The settings of every dialect by its name. Raises Invalid for what no dialect knows."""
    known = {dialect.SECTION: dialect for dialect in dialects()}
    unknown = sorted(set(config.sections) - set(known))
    if unknown:
        raise Invalid(f"the configuration knows no table [{unknown[0]}]", unknown[0])
    return {dialect.NAME: _section(config, section, dialect.Settings) for section, dialect in known.items()}


def _section(config: Config, name: str, kind: type[Any]) -> Any:
    try:
        return msgspec.convert(config.sections.get(name, {}), kind, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid(f"configuration: [{name}] {error}", name) from error


def _timing(config: Config, settings: dict[str, Any]) -> Timing:
    engine = config.engine
    return Timing(
        validity=int(engine.validity_s * SECOND),
        retry_for=int(engine.retry_for_s * SECOND),
        receipt_wait=int(engine.receipt_wait_s * SECOND),
        report_steps=any(getattr(each, "report_rows", "") == "steps" for each in settings.values()),
        pull_pushed=config.reports.pull_pushed,
    )


def _retention(config: Config) -> Retention:
    keep = config.retention
    return Retention(
        content=int(keep.content_days * DAY),
        deliveries=int(keep.delivery_days * DAY),
        reports=int(keep.report_hours * HOUR),
        refs=LOOKUP_DAYS * DAY,
        records=int(config.law.records_days * DAY),
    )


async def _message_ids(store: Store) -> MessageIds:
    return MessageIds(await store.settings.once("message-id-key", token_bytes(KEY_BYTES)))


def _services(
    store: Store, mint: Mint, ids: MessageIds, engine: Engine, money: Money, show: Show, config: Config, agents: Agents
) -> Services:
    worker, settings = money.worker, dialect_settings(config)
    throttled = all(getattr(each, "throttles", True) for each in settings.values())
    scenarios = Scenarios(store.scenarios, now_us, *((CREATES, UPDATES) if throttled else (None, None)))
    logs = Logs(store.logs, store.deliveries, ids, now_us, LOGS if throttled else None, money.pricing.of)
    reports = Reports(store.reports, store.deliveries, ids, now_us, money.pricing.of)
    inbound, sign_in = Inbounds(store.inbound, ids), SignIn(store.accounts, now_us)
    voices, timing = voices_of(config), _timing(config, settings)
    checks = Checks(CheckSpoken(store.announcements, voices), money.admission)
    campaigns = _campaigns(store, worker, mint, voices, config, Terms(timing, config.law.law))
    parts = Parts(store, campaigns, amend := AmendCampaigns(store, campaigns, engine, now_us))
    customers = Customers(store, campaigns, mint, now_us, engine, worker.put)
    look = LookAtMembers(store, campaigns, _probe(worker), now_us)
    return Services(
        sign_in=sign_in,
        keys=Keys(store.accounts, sign_in, now_us),
        scenarios=scenarios,
        send=SendMessages(store, scenarios, ids, mint, now_us, timing, engine, checks),
        bulks=Bulks(store, reports, worker.put, mint, now_us),
        reports=reports,
        logs=logs,
        pushes=Pushes(store, reports, inbound, WebhookSecrets(store.settings), now_us),
        inbound=inbound,
        numbers=_numbers(store, mint, config),
        devices=Devices(store.devices, now_us),
        people=People(store.people, now_us),
        announcements=build_announcements(store, config),
        campaigns=campaigns,
        amend=amend,
        parts=parts,
        waiting=ExplainWaiting(store, look),
        why=ExplainMember(store, look),
        requests=Requests(store, campaigns, mint, now_us, engine, worker.put),
        customers=customers,
        imports=ImportMembers(store, campaigns, customers),
        read_customers=ReadCustomers(store, campaigns, now_us),
        change_customers=ChangeCustomers(store, campaigns, now_us),
        views=ViewCampaigns(store, campaigns, now_us, lambda: worker.stopping),
        agents=agents,
        set_results=SetResults(store, campaigns, agents, worker.results, parts.script_of, now_us),
        calls=Calls(store, ids, show, money.pricing),
        deliveries=Deliveries(store.deliveries, reports, ids),
        webhooks=Webhooks(store.webhooks),
        prices=money.prices,
        balances=money.balances,
        routes=money.routes,
        ids=ids,
    )


def _campaigns(store: Store, worker: Worker, mint: Mint, voices: Voices, config: Config, terms: Terms) -> Campaigns:
    trunks = _trunks(worker, config)
    return Campaigns(store, worker.put, worker.releases.release, trunks, voices, mint, now_us, terms)


def _probe(worker: Worker) -> Probe:
    def is_up(trunk: str) -> bool:
        return worker.routes.is_up(CALLS, trunk)

    return Probe(is_up, worker.dialer.bound, worker.lines)


def _trunks(worker: Worker, config: Config) -> dict[str, bool]:
    """What calls, by name, and whether it shows a number of its own."""
    showing = {str(table["name"]) for table in config.connectors if table.get("caller_id")}
    return {sender.channel.name: sender.channel.name in showing for sender in worker.routes.senders(CALLS)}


def admin_key(config: Config) -> str:
    """The key of the operators' API: configured, or made once in the data folder, readable by its owner only."""
    if config.security.admin_key:
        return config.security.admin_key
    path = Path(config.data) / "admin.key"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    # Empty as well where the machine stopped between the two steps.
    if not path.read_text().strip():
        path.write_text(token_urlsafe(32) + "\n")
    return path.read_text().strip()


@asynccontextmanager
async def opened(config: Config) -> AsyncGenerator[Store]:
    """The store alone, for commands that need nothing else."""
    store = await open_database(Path(config.data), config.database)
    try:
        yield store
    finally:
        await store.close()


@contextmanager
def alone(data: Path) -> Generator[None]:
    """One server a data folder. Raises Invalid when another runs on it."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Invalid(f"another server runs on the data folder {data}", "data") from error
        yield


@asynccontextmanager
async def running(config: Config) -> AsyncGenerator[Running]:
    """A server's parts, started; drained and closed at the end."""
    with alone(Path(config.data)):
        async with (
            opened(config) as store,
            joined(config, store) as membership,
            _worked(config, store, membership) as parts,
        ):
            yield parts


@asynccontextmanager
async def _worked(config: Config, store: Store, membership: Membership) -> AsyncGenerator[Running]:
    async with (
        telephone(config, store) as (line, speak, lines),
        _engine(config, store, membership, line, speak, lines) as parts,
    ):
        yield parts


@asynccontextmanager
async def _engine(
    config: Config, store: Store, membership: Membership, line: Line | None, speak: Speak, lines: AgentLines | None
) -> AsyncGenerator[Running]:
    mint = Mint(membership.me.slot)
    ids = await _message_ids(store)
    make = channel_maker(config, store, ids, telephone=line, speak=speak)
    channels = build_channels(config, store, ids, telephone=line, speak=speak)
    node = membership.me.incarnation
    settings = EngineSettings(queue=config.engine.queue, backlog=config.engine.backlog, retention=_retention(config))
    among = among_nodes(membership)
    worker = Worker(store, channels, node, now_us, settings, lines.lines if lines else tuple, filled_messages, among)
    agents = Agents(store, lines, now_us, worker.dialer.wake)
    engine = Engine(worker.admit, worker.owner_for, worker.wait_for_room, worker.on_born, worker.release, worker.revise)
    money = Money(config, store, worker, node, mint, now_us)
    show = line.ladder if line else no_telephone
    services = _services(store, mint, ids, engine, money, show, config, agents)
    pusher = build_pusher(config, store, services, turn=among.chores["pushes"])
    worker.on_pushes = pusher.wake
    telephony = Telephony(line, agents)
    connect(membership, store, worker, among.chores, services, telephony)
    await services.announcements.tidy()
    await money.start()
    await worker.start()
    await telephony.ready()
    membership.start()
    pusher.start()
    try:
        key, alerts = admin_key(config), among.chores["alerts"]
        connectors = worker.connectors
        yield Running(config, store, services, worker, connectors, make, key, membership, pusher, alerts)
    finally:
        await agents.stop()
        await asyncio.gather(pusher.stop(), worker.drain())
        await money.stop()


def build_pusher(
    config: Config, store: Store, services: Services, clock: Callable[[], int] = now_us, turn: Turn | None = None
) -> Pusher:
    """What pushes reports. Raises Invalid for a wrong `allow_private`. Call it in a running event loop."""
    account = KnownAccounts(store.accounts, clock).one

    async def secret(id_: int) -> bytes:
        return await services.pushes.secret(await account(id_))

    bodies = PushBodies(
        services.reports, services.inbound, MemberEvents(store), account, report_formats(config), member_formats(config)
    )
    reports = config.reports
    poster = Poster(Guard(config.security.allow_private), reports.push_timeout_s)
    settings = PushSettings(batch=reports.push_batch, per_url=reports.push_per_url, at_once=reports.push_at_once)
    parts = PushParts(write=bodies.write, secret=secret)
    turn = turn or Turn()
    pusher = Pusher(store.pushes, poster, parts, clock, settings, turn.within)
    turn.quiet = pusher.idle
    return pusher


def report_formats(config: Config) -> dict[str, ReportFormat]:
    """Who writes what is pushed: those of the dialects in their order, and the native API's, which has no name."""
    settings = dialect_settings(config)
    named = [dialect.report_formats(settings[dialect.NAME]) for dialect in dialects()]
    return {name: each for formats in named for name, each in formats.items()} | {"": NativeReports()}


def member_formats(config: Config) -> dict[str, MemberFormat]:
    """Who writes how members of campaigns stand: the dialects that have applications."""
    settings = dialect_settings(config)
    named = [dialect.member_formats(settings[dialect.NAME]) for dialect in dialects()]
    return {name: each for formats in named for name, each in formats.items()}


def _format_word(name: str) -> str:
    """What people say for a format: `infobip-omni`, `infobip-omni.xml`, `native`."""
    return name.replace("_", "-").removesuffix(".json") or "native"


def _numbers(store: Store, mint: Mint, config: Config) -> Numbers:
    words = {_format_word(name): name for name in report_formats(config)}
    return Numbers(store.numbers, store.accounts, words, mint, now_us)


@asynccontextmanager
async def kept_numbers(config: Config) -> AsyncGenerator[Numbers]:
    """Our numbers in a data folder, whether a server runs on it or not."""
    async with opened(config) as store:
        yield _numbers(store, Mint(63), config)


@asynccontextmanager
async def kept_announcements(config: Config, name: str) -> AsyncGenerator[tuple[Announcements, Account]]:
    """The announcements of an account in a data folder, whether a server runs on it or not. Raises NotFound."""
    async with opened(config) as store:
        account = next((each for each in await store.accounts.all() if each.name == name), None)
        if account is None:
            raise NotFound(f"no account is named {name}", "account")
        yield build_announcements(store, config), account


async def add_account(config: Config, name: str, **wishes: str) -> Any:
    """Open an account in a data folder, whether a server runs on it or not."""
    async with opened(config) as store:
        return await Accounts(store.accounts, Mint(63), now_us).add(name, **wishes)


async def change_account(config: Config, name: str, **wishes: str) -> Account:
    """Change an account in a data folder, whether a server runs on it or not. Raises NotFound, Invalid."""
    async with opened(config) as store:
        return await Accounts(store.accounts, Mint(63), now_us).change(name, **wishes)
