"""Requests made of the native API's OpenAPI document, right and wrong ones, against the served app on a real store."""

import base64
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.checks import CheckFunction, negative_data_rejection, positive_data_acceptance

from omnibound.api.routes import described
from tests.served import OPERATORS_KEY, SOME, served

pytestmark = [pytest.mark.slow, pytest.mark.time_limit(240)]

EXAMPLES = 3
ALADDIN = {"username": "Aladdin", "password": "open sesame", "api_key": "aladdin-key"}
BASIC = "Basic " + base64.b64encode(f"{ALADDIN['username']}:{ALADDIN['password']}".encode()).decode()
OPERATOR = f"App {OPERATORS_KEY}"

# What fits its type may be refused all the same (404: an id that is made up, 400: a time zone that is none), and what
# does not may be taken: unknown members of a query are ignored.
EXCLUDED: list[CheckFunction] = [positive_data_acceptance, negative_data_rejection]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where it is."""
    with served(tmp_path_factory.mktemp("native"), ALADDIN) as there:
        yield there


@schemathesis.serializer("audio/wav", "audio/mpeg", "audio/ogg", "audio/flac")
def octets(context: object, value: object) -> bytes:
    """A recording, or what is none, as it is sent."""
    return value if isinstance(value, bytes) else str(value).encode()


schema = schemathesis.openapi.from_dict(described())


@schema.parametrize()
@settings(SOME, max_examples=EXAMPLES)
def test_every_request_is_answered_as_the_document_says(case: schemathesis.Case, address: str) -> None:
    schemes = {name for need in case.operation.definition.raw.get("security", ()) for name in need}
    key = BASIC if "basic" in schemes or not schemes else OPERATOR
    case.call_and_validate(address, headers={"Authorization": key}, excluded_checks=EXCLUDED)
