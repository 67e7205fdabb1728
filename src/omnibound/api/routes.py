"""The operations of the native API: one table, from which its paths and its OpenAPI document are made."""

import re
from functools import cache
from typing import Any

from starlette.routing import BaseRoute, Mount, Route, Router

from omnibound import __version__
from omnibound.api import (
    agent_lines,
    alerts,
    announcements,
    bulks,
    call_lines,
    campaign_lines,
    deliveries,
    devices,
    inbound,
    member_files,
    member_lines,
    member_why,
    messages,
    nodes,
    numbers,
    operators,
    part_lines,
    people_lists,
    prices,
    pushes,
    report_pushes,
    reports,
    route_lines,
)
from omnibound.api.base import ACCOUNT, ApiParts, Ask, Line
from omnibound.api.problems import Problem
from omnibound.api.resource import OPERATOR, Resource, not_found
from omnibound.services.base import Services
from omnibound.services.reload import Reloaded
from omnibound.wire.openapi import About, Operation, document

PREFIX = "/api"

OPERATORS = (OPERATOR,)

_KEY = {"type": "apiKey", "in": "header", "name": "Authorization"}
ABOUT = About(
    title="Omnibound",
    version=__version__,
    description="Instants are UTC in RFC 3339. Errors are problems of RFC 9457.",
    problem=Problem,
    schemes={
        "basic": {"type": "http", "scheme": "basic", "description": "An account's user name and password."},
        "app": {**_KEY, "description": "An account's key: `App KEY`."},
        OPERATOR: {**_KEY, "description": "The operators' key (`admin_key`, or DATA/admin.key): `App KEY`."},
    },
    places={
        "account": "The account's name.",
        "agent": "The agent's id.",
        "announcement": "The announcement's id.",
        "bulk": "The id of the bulk, yours or the one that was made.",
        "call": "The call's id.",
        "campaign": "The campaign's id, yours or the one that was made.",
        "member": "Your own id of the person, or ours.",
        "part": "The id, yours or the one that was made; of dialers `default` as well.",
        "phone": "A number in international form.",
        "email": "An e-mail address.",
        "application": "The application's code.",
        "registration": "The registration's id.",
        "id": "The delivery's id, ours or your own; of a push, the `omnibound_id` in its data.",
        "key": "The list's key.",
        "list": "The price list's name.",
        "name": "The connector's name in the configuration.",
        "number": "The `id` of a number's entry.",
    },
)


async def describe(ask: Ask[None, None]) -> dict[str, Any]:
    """GET /api/openapi.json."""
    return described()


@cache
def described() -> dict[str, Any]:
    """The OpenAPI document of the table."""
    return document(ABOUT, [line.operation for line in TABLE])


TABLE: tuple[Line, ...] = (
    Line(
        Operation(
            "POST", "/api/v1/messages", "send", "messages", "Send a message through a scenario to one or many people",
            ACCOUNT, 202, body=messages.SendIn, answer=messages.SentOut, refusals=(429, 503),
        ),
        messages.send,
    ),
    Line(
        Operation(
            "PUT", "/api/v1/messages/{id}/schedule", "rescheduleMessage", "bulks",
            "Let one message begin at another time", ACCOUNT, body=bulks.ScheduleIn, answer=bulks.BulkOut,
        ),
        bulks.MESSAGE.reschedule,
    ),
    Line(
        Operation(
            "POST", "/api/v1/messages/{id}/pause", "pauseMessage", "bulks",
            "Hand over nothing of one message until it is resumed", ACCOUNT, answer=bulks.BulkOut,
        ),
        bulks.MESSAGE.pause,
    ),
    Line(
        Operation(
            "POST", "/api/v1/messages/{id}/resume", "resumeMessage", "bulks",
            "Go on with one message", ACCOUNT, answer=bulks.BulkOut,
        ),
        bulks.MESSAGE.resume,
    ),
    Line(
        Operation(
            "POST", "/api/v1/messages/{id}/cancel", "cancelMessage", "bulks",
            "Never hand over what is left of one message", ACCOUNT, answer=bulks.BulkOut,
        ),
        bulks.MESSAGE.cancel,
    ),
    Line(
        Operation(
            "PUT", "/api/v1/bulks/{bulk}/schedule", "rescheduleBulk", "bulks",
            "Let a bulk begin at another time", ACCOUNT, body=bulks.ScheduleIn, answer=bulks.BulkOut,
        ),
        bulks.BULK.reschedule,
    ),
    Line(
        Operation(
            "POST", "/api/v1/bulks/{bulk}/pause", "pauseBulk", "bulks",
            "Hand over nothing of a bulk until it is resumed", ACCOUNT, answer=bulks.BulkOut,
        ),
        bulks.BULK.pause,
    ),
    Line(
        Operation(
            "POST", "/api/v1/bulks/{bulk}/resume", "resumeBulk", "bulks",
            "Go on with a bulk", ACCOUNT, answer=bulks.BulkOut,
        ),
        bulks.BULK.resume,
    ),
    Line(
        Operation(
            "POST", "/api/v1/bulks/{bulk}/cancel", "cancelBulk", "bulks",
            "Never hand over what is left of a bulk", ACCOUNT, answer=bulks.BulkOut,
        ),
        bulks.BULK.cancel,
    ),
    Line(
        Operation(
            "GET", "/api/v1/bulks/{bulk}", "readBulk", "bulks", "How far a bulk is, and when it begins",
            ACCOUNT, answer=bulks.BulkOut,
        ),
        bulks.BULK.read,
    ),
    Line(
        Operation(
            "GET", "/api/v1/deliveries/{id}", "readDelivery", "messages",
            "The whole story of a delivery: state, timeline, outcome", ACCOUNT, answer=deliveries.DeliveryOut,
        ),
        deliveries.read,
    ),
    Line(
        Operation(
            "GET", "/api/v1/reports", "readReportsAgain", "messages", "Reports of earlier hand-outs, once more",
            ACCOUNT, query=reports.ReportsWish, answer=reports.ReportsOut,
        ),
        reports.again,
    ),
    Line(
        Operation(
            "GET", "/api/v1/pushes", "readPushes", "messages", "Pushed reports that were not accepted yet, or given up",
            ACCOUNT, query=report_pushes.PushesWish, answer=report_pushes.PushesOut,
        ),
        report_pushes.page,
    ),
    Line(
        Operation(
            "POST", "/api/v1/pushes/again", "pushAgain", "messages", "Push reports again", ACCOUNT,
            body=report_pushes.AgainIn, answer=report_pushes.AgainOut,
        ),
        report_pushes.again,
    ),
    Line(
        Operation(
            "GET", "/api/v1/pushes/secret", "readPushSecret", "messages", "What pushed reports are signed with",
            ACCOUNT, answer=report_pushes.SecretOut,
        ),
        report_pushes.secret,
    ),
    Line(
        Operation(
            "POST", "/api/v1/people-lists", "makePeopleList", "people", "Make a list of people, empty at first",
            ACCOUNT, 201, body=people_lists.PeopleListIn, answer=people_lists.PeopleListOut,
        ),
        people_lists.create,
    ),
    Line(
        Operation(
            "GET", "/api/v1/people-lists", "readPeopleLists", "people", "Lists of people, the oldest first",
            ACCOUNT, query=people_lists.PeopleListsWish, answer=people_lists.PeopleListsOut,
        ),
        people_lists.page,
    ),
    Line(
        Operation(
            "GET", "/api/v1/people-lists/{key}/people", "readPeople", "people", "Who is in a list, in the order added",
            ACCOUNT, query=people_lists.PeopleWish, answer=people_lists.PeopleOut,
        ),
        people_lists.people,
    ),
    Line(
        Operation(
            "POST", "/api/v1/devices", "registerDevice", "push", "Register a device, or renew its registration",
            ACCOUNT, 201, body=devices.DeviceIn, answer=devices.DeviceOut,
        ),
        devices.register,
    ),
    Line(
        Operation(
            "GET", "/api/v1/devices", "findDevices", "push", "The devices of a person under an application",
            ACCOUNT, query=devices.DevicesWish, answer=devices.DevicesOut,
        ),
        devices.find,
    ),
    Line(
        Operation(
            "DELETE", "/api/v1/devices/{application}/{registration}", "dropDevice", "push", "Unregister a device",
            ACCOUNT, 204,
        ),
        devices.drop,
    ),
    Line(
        Operation(
            "POST", "/api/v1/push/{id}/delivered", "confirmPushDelivered", "push",
            "An app has got a push; for connectors with confirm = \"device\"", status=204,
        ),
        pushes.delivered,
    ),
    Line(
        Operation(
            "POST", "/api/v1/push/{id}/seen", "confirmPushSeen", "push", "A person has opened a push",
            status=204,
        ),
        pushes.seen,
    ),
    Line(
        Operation(
            "POST", "/api/v1/announcements", "addAnnouncement", "voice", "Upload a recording that calls play",
            ACCOUNT, 201, query=announcements.AnnouncementWish, answer=announcements.AnnouncementOut,
            upload=announcements.AUDIO, refusals=(503,),
        ),
        announcements.add,
    ),
    Line(
        Operation(
            "GET", "/api/v1/announcements", "listAnnouncements", "voice", "Announcements, in the order of their ids",
            ACCOUNT, query=announcements.AnnouncementsWish, answer=announcements.AnnouncementsOut,
        ),
        announcements.page,
    ),
    Line(
        Operation(
            "GET", "/api/v1/announcements/{announcement}/audio", "hearAnnouncement", "voice",
            "The recording as telephones play it", ACCOUNT, download=announcements.WAV,
        ),
        announcements.audio,
    ),
    Line(
        Operation(
            "GET", "/api/v1/announcements/{announcement}", "readAnnouncement", "voice", "What is known of a recording",
            ACCOUNT, answer=announcements.AnnouncementOut,
        ),
        announcements.one,
    ),
    Line(
        Operation(
            "DELETE", "/api/v1/announcements/{announcement}", "dropAnnouncement", "voice", "Drop a recording",
            ACCOUNT, 204,
        ),
        announcements.drop,
    ),
    *member_why.LINES,
    *agent_lines.LINES,
    *member_files.LINES,
    *member_lines.LINES,
    *campaign_lines.LINES,
    *part_lines.LINES,
    *call_lines.LINES,
    *route_lines.LINES,
    *prices.LINES,
    Line(
        Operation(
            "GET", "/api/v1/connectors", "listConnectors", "operators", "How the connectors are",
            OPERATORS, answer=operators.ConnectorsOut,
        ),
        operators.connectors,
    ),
    Line(
        Operation(
            "GET", "/api/v1/nodes", "listNodes", "operators", "The servers that share the database",
            OPERATORS, answer=nodes.NodesOut,
        ),
        nodes.nodes,
    ),
    Line(
        Operation(
            "GET", "/api/v1/alerts", "listAlerts", "operators", "Alerts that have fired, and those that are over",
            OPERATORS, answer=alerts.AlertsOut,
        ),
        alerts.alerts,
    ),
    Line(
        Operation(
            "PUT", "/api/v1/connectors/{name}/trace", "switchTrace", "operators",
            "Switch the trace of a connector on or off", OPERATORS,
            body=operators.TraceIn, answer=operators.TraceStateOut,
        ),
        operators.switch_trace,
    ),
    Line(
        Operation(
            "GET", "/api/v1/connectors/{name}/trace", "readTrace", "operators",
            "The last exchanges with a provider, secrets blanked", OPERATORS, answer=operators.TraceOut,
        ),
        operators.read_trace,
    ),
    Line(
        Operation(
            "POST", "/api/v1/reload", "reload", "operators",
            "Read the configuration anew: what changed in place, and what needs a restart", OPERATORS,
            answer=Reloaded, refusals=(422,),
        ),
        operators.reload,
    ),
    Line(
        Operation(
            "GET", "/api/v1/load", "readLoad", "operators", "How much is under way on this node",
            OPERATORS, answer=dict[str, Any],
        ),
        operators.load,
    ),
    Line(
        Operation(
            "GET", "/api/v1/inbound", "readInbound", "messages",
            "Messages from people, the oldest first: an account's own, or for operators all as they came",
            (*ACCOUNT, *OPERATORS), query=inbound.InboundWish, answer=inbound.InboundsOut,
        ),
        inbound.read,
    ),
    Line(
        Operation(
            "POST", "/api/v1/numbers", "addNumber", "operators", "Say whose messages to one of our numbers are",
            OPERATORS, 201, body=numbers.NumberIn, answer=numbers.NumberOut,
        ),
        numbers.add,
    ),
    Line(
        Operation(
            "GET", "/api/v1/numbers", "listNumbers", "operators", "Our numbers, and whose they are",
            OPERATORS, answer=numbers.NumbersOut,
        ),
        numbers.page,
    ),
    Line(
        Operation(
            "DELETE", "/api/v1/numbers/{number}", "dropNumber", "operators", "A number is nobody's any more",
            OPERATORS, 204,
        ),
        numbers.drop,
    ),
    Line(
        Operation("GET", "/api/openapi.json", "describe", "about", "This document", answer=dict[str, Any]),
        describe,
    ),
)  # fmt: skip

_WITH_SLASH = re.compile(r"\{(\w+)\}$|\{(id|bulk)\}")


def routes(services: Services, parts: ApiParts) -> list[BaseRoute]:
    """Everything below `/api`, unknown paths included."""
    lines: dict[str, list[Line]] = {}
    for line in TABLE:
        lines.setdefault(line.operation.path, []).append(line)
    paths = [Route(_pattern(path), Resource(services, parts, of)) for path, of in lines.items()]
    router = Router(paths, redirect_slashes=False, default=not_found)
    return [Mount(PREFIX, app=router)]


def _pattern(path: str) -> str:
    """Below the prefix; what stands at the end, and ids, may hold a slash, for clients make them as they like."""
    return _WITH_SLASH.sub(r"{\1\2:path}", path.removeprefix(PREFIX))
