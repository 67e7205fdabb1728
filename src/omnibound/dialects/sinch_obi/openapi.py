"""The OpenAPI document of OBI, made of the table of operations."""

from functools import cache
from typing import Any, Final

import msgspec
from starlette.responses import Response

from omnibound import __version__
from omnibound.dialects.sinch_obi.forms import HTML
from omnibound.dialects.sinch_obi.resource import Ask, Verb
from omnibound.dialects.sinch_obi.schemas import (
    CampaignOut,
    CampaignsQuery,
    CustomerIn,
    CustomerOut,
    CustomersQuery,
    ItemOut,
    ListQuery,
    ProblemOut,
)
from omnibound.wire.openapi import About, Operation, document, refusals_of

CAMPAIGNS: Final = "/campaigns"
CAMPAIGN: Final = "/campaigns/{campaign}"
STATUS: Final = "/campaigns/{campaign}/status"
CUSTOMERS: Final = "/campaigns/{campaign}/customers"
LIST: Final = "/campaigns/{campaign}/customers/list"
CUSTOMER: Final = "/campaigns/{campaign}/customers/{customer}"
DOCUMENT: Final = "/openapi.json"

MEDIA: Final = ("application/json", "application/xml")
_ANY: Final = ("basic", "key")

OPERATIONS: Final = (
    Operation("GET", CAMPAIGNS, "listCampaigns", "campaigns", "Campaigns that have a dialer.", _ANY,
              query=CampaignsQuery, answer=list[CampaignOut]),
    Operation("GET", CAMPAIGN, "getCampaign", "campaigns", "A campaign.", _ANY, answer=CampaignOut),
    Operation("PUT", STATUS, "putStatus", "campaigns", "Begin or pause it: Active or Passive.", _ANY, 204,
              upload=("text/plain",), refusals=(415,)),
    Operation("GET", CUSTOMERS, "listCustomers", "customers", "Customers of a campaign.", _ANY,
              query=CustomersQuery, answer=list[CustomerOut]),
    Operation("POST", CUSTOMERS, "addCustomer", "customers", "Add a customer; the answer is its id.", _ANY, 201,
              body=CustomerIn, download=HTML),
    Operation("POST", LIST, "addCustomers", "customers", "Add several customers.", _ANY,
              query=ListQuery, body=list[CustomerIn], answer=list[ItemOut]),
    Operation("GET", CUSTOMER, "getCustomer", "customers", "A customer.", _ANY, answer=CustomerOut),
    Operation("DELETE", CUSTOMER, "deleteCustomer", "customers", "Delete a customer.", _ANY, 204),
)  # fmt: skip


def _refusals(operation: Operation) -> list[str]:
    told = {*refusals_of(operation), 406, 429, 500, 503}
    return [str(code) for code in sorted(told)]


def _about(key_header: str) -> About:
    key = {"type": "apiKey", "in": "header", "name": key_header, "description": "An API key of an account's."}
    return About(
        title="Omnibound: OBI",
        version=__version__,
        description=(
            "The Outbound Campaign Interface of Sinch Contact Center, version v1, as it is spoken here. Bodies and "
            "answers are JSON or XML; a slash at the end of a path changes nothing. A GET may be asked as HEAD."
        ),
        problem=ProblemOut,
        schemes={
            "basic": {"type": "http", "scheme": "basic", "description": "An account's user name and password."},
            "key": key,
        },
        places={"campaign": "A campaign's id, of 32 or 36 characters.", "customer": "The id of one of its customers."},
        media=MEDIA,
        error_media=(*MEDIA, HTML),
        error="What is wrong.",
        refusals=_refusals,
    )


@cache
def described(prefix: str, key_header: str) -> dict[str, Any]:
    """The document; `prefix` is what all paths begin with."""
    table = [operation._replace(path=prefix + operation.path) for operation in OPERATIONS]
    return document(_about(key_header), table)


def describe(prefix: str, key_header: str) -> Verb:
    """GET /openapi.json: the document, in JSON whatever is asked for."""

    async def told(_ask: Ask) -> Response:
        return Response(msgspec.json.encode(described(prefix, key_header)), media_type=MEDIA[0])

    return told
