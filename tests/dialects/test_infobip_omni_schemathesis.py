"""Requests made of the OpenAPI document, right and wrong ones, against a served OMNI over a real store."""

import base64
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.checks import CheckFunction, negative_data_rejection, positive_data_acceptance

from omnibound.dialects.infobip_omni.openapi import described
from tests.dialects.conftest import ALADDIN
from tests.served import SOME, served

pytestmark = [pytest.mark.slow, pytest.mark.time_limit(120)]

EXAMPLES = 4
BASIC = "Basic " + base64.b64encode(f"{ALADDIN['username']}:{ALADDIN['password']}".encode()).decode()

# What fits its type may be refused all the same (400: a scenario that is made up, a date that is none), and what does
# not may be taken: unknown members are ignored, and flags, empty filters and nulls read as leniently as clients write.
EXCLUDED: list[CheckFunction] = [positive_data_acceptance, negative_data_rejection]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where it is."""
    with served(tmp_path_factory.mktemp("omni"), ALADDIN) as there:
        yield there


schema = schemathesis.openapi.from_dict(described())


@schema.parametrize()
@settings(SOME, max_examples=EXAMPLES)
def test_every_request_is_answered_as_the_document_says(case: schemathesis.Case, address: str) -> None:
    operation = case.operation
    headers = {} if "auth/1/session" in operation.path else {"Authorization": BASIC}
    case.call_and_validate(address, headers=headers, excluded_checks=EXCLUDED)
