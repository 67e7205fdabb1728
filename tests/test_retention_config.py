"""`[retention]`: what is kept how long, from the environment into the engine."""

import pytest

from omnibound.bootstrap import _retention
from omnibound.config import read_config
from omnibound.domain.errors import Invalid
from omnibound.domain.flow import DAY, HOUR
from omnibound.engine.housekeeping import Retention

PREFIX = "OMNIBOUND_RETENTION__"


def test_the_defaults_are_those_of_the_engine() -> None:
    assert _retention(read_config(environment={})) == Retention()


def test_what_is_set_arrives() -> None:
    given = {"CONTENT_DAYS": "0.5", "DELIVERY_DAYS": "2", "REPORT_HOURS": "6"}
    config = read_config(environment={PREFIX + name: value for name, value in given.items()})
    assert _retention(config) == Retention(content=12 * HOUR, deliveries=2 * DAY, reports=6 * HOUR)


def test_the_law_keeps_records_for_longer() -> None:
    given = {PREFIX + "DELIVERY_DAYS": "9", "OMNIBOUND_LAW__RECORDS_DAYS": "400.5"}
    assert _retention(read_config(environment=given)) == Retention(deliveries=9 * DAY, records=int(400.5 * DAY))


WRONG = [("CONTENT_DAYS", "0"), ("DELIVERY_DAYS", "-1"), ("REPORT_HOURS", "0"), ("DELIVERY_DAYS", "6"), ("X", "1"),
         ("REPORT_HOURS", "721")]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_what_makes_no_sense_is_refused(name: str, value: str) -> None:
    with pytest.raises(Invalid, match="retention"):
        read_config(environment={PREFIX + name: value})
