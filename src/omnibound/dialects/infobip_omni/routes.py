"""The paths of OMNI and what stands behind each: read, ask a service, write."""

import time
from asyncio import sleep
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import partial

from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router

from omnibound.dialects.infobip_omni import api_keys, bulks, campaigns, errors, openapi, sessions
from omnibound.dialects.infobip_omni.blocks.table import GUIDES
from omnibound.dialects.infobip_omni.bodies import Bodies, rested
from omnibound.dialects.infobip_omni.habits import habits_of
from omnibound.dialects.infobip_omni.query import read_flag, read_reports_wish, read_whole
from omnibound.dialects.infobip_omni.reading import (
    Draft,
    in_slices,
    read_destinations,
    read_new_scenario,
    read_order,
    read_scenario_changes,
    read_text,
    sole_channel,
)
from omnibound.dialects.infobip_omni.reading_logs import read_log_filter
from omnibound.dialects.infobip_omni.reading_people import read_people
from omnibound.dialects.infobip_omni.resource import Ask, Resource, answer, by_scope, key_of, not_found
from omnibound.dialects.infobip_omni.schemas import ScenarioIn, SendIn, TextIn
from omnibound.dialects.infobip_omni.scopes import LOGS, MANAGE, MESSAGES
from omnibound.dialects.infobip_omni.settings import OmniSettings
from omnibound.dialects.infobip_omni.writing import tell_placed, write_reports, write_scenario, write_scenarios
from omnibound.dialects.infobip_omni.writing_logs import write_logs
from omnibound.domain.account import Account
from omnibound.domain.errors import NotFound
from omnibound.domain.order import Order, Placed
from omnibound.services.base import Services

# The curl samples of Scenario: Create and Scenario: Update post below /sms/1.
PREFIXES = ("/omni/1", "/sms/1/omni/1")

_SCENARIO = Bodies(ScenarioIn)
_SEND = Bodies(SendIn, GUIDES)
_TEXT = Bodies(TextIn)


def routes(services: Services, settings: OmniSettings) -> list[BaseRoute]:
    """Everything below `/omni` and its alias, unknown paths included; a trailing slash changes nothing."""
    omni = Omni(services, settings)
    manage = errors.ON_SCENARIOS, by_scope(*MANAGE)
    messages = errors.ON_MESSAGES, by_scope(*MESSAGES)
    logs = errors.ON_MESSAGES, by_scope(*LOGS)
    table = {
        "/scenarios": Resource(services, {"POST": omni.create_scenario, "GET": omni.list_scenarios}, *manage),
        "/scenarios/{key}": Resource(services, {"GET": omni.get_scenario, "PUT": omni.update_scenario}, *manage),
        "/advanced": Resource(services, {"POST": omni.send}, *messages),
        "/text": Resource(services, {"POST": omni.send_text}, *messages),
        "/reports": Resource(services, {"GET": omni.take_reports, "HEAD": omni.check_reports}, *messages),
        "/logs": Resource(services, {"GET": omni.read_logs}, *logs),
    }
    first, second = campaigns.tables(services, settings)
    of_bulks = bulks.table(services, settings)
    router = _router(table | first | of_bulks)
    elsewhere = [Mount(prefix.removesuffix("/1"), app=not_found) for prefix in PREFIXES]
    elsewhere += [Mount("/auth", app=not_found), Mount("/settings", app=not_found)]
    access = [*sessions.routes(services), *api_keys.routes(services), *openapi.routes(services)]
    versions = [*(Mount(prefix, app=router) for prefix in PREFIXES), Mount("/omni/2", app=_router(second))]
    return [*access, *versions, *elsewhere, Mount("/sms/1", app=_router(of_bulks))]


def _router(table: Mapping[str, Resource]) -> Router:
    paths = [Route(path + slash, resource) for path, resource in table.items() for slash in ("", "/")]
    return Router(paths, redirect_slashes=False, default=not_found)


class Omni:
    """The operations, each from a request to its answer. Domain errors fly through: `Resource` tells them."""

    def __init__(self, services: Services, settings: OmniSettings) -> None:
        self._services = services
        self._settings = settings

    async def create_scenario(self, ask: Ask) -> Response:
        """POST /omni/1/scenarios."""
        wish = await _SCENARIO.read(ask.request, self._settings.max_body)
        scenario = await self._services.scenarios.create(ask.account, *read_new_scenario(wish))
        written = write_scenario(scenario, _of_2018(ask, wish), ask.form.encode)
        return answer(ask.form, written, self._settings.create_status)

    async def update_scenario(self, ask: Ask) -> Response:
        """PUT /omni/1/scenarios/{key}: what is absent stays as it is."""
        wish = await _SCENARIO.read(ask.request, self._settings.max_body)
        scenario = await self._services.scenarios.update(ask.account, key_of(ask), *read_scenario_changes(wish))
        return answer(ask.form, write_scenario(scenario, _of_2018(ask, wish), ask.form.encode))

    async def get_scenario(self, ask: Ask) -> Response:
        """GET /omni/1/scenarios/{key}."""
        scenario = await self._services.scenarios.get(ask.account, key_of(ask))
        return answer(ask.form, write_scenario(scenario, _of_2018(ask), ask.form.encode))

    async def list_scenarios(self, ask: Ask) -> Response:
        """GET /omni/1/scenarios: a page, counted from zero. The filter is `isDefault`, on an older page `default`."""
        query = ask.request.query_params
        default = read_flag(query, "isDefault", "default")
        limit = read_whole(query, "limit", 100, 0)
        page = read_whole(query, "page", 0, 0)
        scenarios = await self._services.scenarios.list(ask.account, default, limit, page)
        return answer(ask.form, write_scenarios(scenarios, _of_2018(ask), ask.form.encode))

    async def send(self, ask: Ask) -> Response:
        """POST /omni/1/advanced."""
        return await self._place(ask, await _SEND.read(ask.request, self._settings.max_body))

    async def send_text(self, ask: Ask) -> Response:
        """POST /omni/1/text: one text, on whichever channels the scenario goes through."""
        return await self._place(ask, read_text(await _TEXT.read(ask.request, self._settings.max_body)))

    async def _place(self, ask: Ask, request: SendIn) -> Response:
        destinations = read_destinations(request, self._settings)
        rest = partial(sleep, 0)
        people = await in_slices(read_people, destinations, rest)
        draft = read_order(request, people, self._settings, time.time_ns() // 1000)
        order = draft.check(await self._flow(ask.account, draft))
        placed = await self._send(ask.account, order)
        told = tell_placed(placed, destinations, self._settings, sole_channel(order.content))
        return answer(ask.form, await rested(ask.form.encode_in_slices(told)))

    async def _flow(self, account: Account, draft: Draft) -> list[str]:
        """The channels whose blocks must be right: of nearly all requests nothing is wrong, and nobody needs to ask."""
        if not draft.of_channels:
            return []
        with _scenario_named():
            scenario = await self._services.scenarios.for_sending(account, draft.order.scenario)
        return [step.channel for step in scenario.steps]

    async def _send(self, account: Account, order: Order) -> Placed:
        with _scenario_named():
            return await self._services.send(account, order)

    async def take_reports(self, ask: Ask) -> Response:
        """GET /omni/1/reports: each report is handed out once."""
        wish = read_reports_wish(ask.request.query_params)
        reports = await self._services.reports.take(ask.account, **wish)
        return answer(ask.form, write_reports(reports, ask.form.encode))

    async def check_reports(self, ask: Ask) -> Response:
        """HEAD /omni/1/reports: takes nothing, so that looking is free."""
        read_reports_wish(ask.request.query_params)
        return answer(ask.form, b"")

    async def read_logs(self, ask: Ask) -> Response:
        """GET /omni/1/logs: how the newest messages stand, as often as it is asked."""
        rows = await self._services.logs.read(
            ask.account, read_log_filter(ask.request.query_params, ask.account.voice_codes)
        )
        ends = habits_of(ask.request.headers).needs_done_at
        return answer(ask.form, write_logs(rows, ask.form.encode, always_done=ends))


@contextmanager
def _scenario_named() -> Generator[None]:
    # Sending lists no 404: a scenario that does not exist makes a bad request.
    try:
        yield
    except NotFound as error:
        raise errors.BadRequest({"scenarioKey": [error.text]}) from error


def _of_2018(ask: Ask, wish: ScenarioIn | None = None) -> bool:
    """Whether one of the vendor's libraries of 2018 asks: by its User-Agent, or by the member that only they write."""
    return habits_of(ask.request.headers).old_default or (wish is not None and wish.default_scenario is not None)
