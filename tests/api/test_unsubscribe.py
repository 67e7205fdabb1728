"""The page behind the links in mails: it asks, and a click takes no more mail; nothing else opens by a link."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Router

from omnibound.api.unsubscribe import routes
from omnibound.domain.errors import Unavailable
from omnibound.domain.status import Reason
from omnibound.services.mail_addresses import MailAddresses
from omnibound.services.message_ids import MessageIds
from omnibound.store.opened import OpenedStore, open_store
from tests.asgi import call

pytestmark = pytest.mark.anyio

IDS = MessageIds(b"0123456789abcdef")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[OpenedStore]:
    opened = open_store(tmp_path)
    yield opened
    await opened.close()


async def asked(store: Any, method: str, id_: str) -> tuple[int, str, dict[str, str]]:
    mail = MailAddresses(store, IDS, lambda: 7)
    answer = await call(Router(routes(mail)), method, f"/unsubscribe/{id_}", body=b"List-Unsubscribe=One-Click")
    return answer.status, answer.body.decode(), {name.lower(): value for name, value in answer.headers.items()}


async def listed(store: OpenedStore) -> dict[str, Reason]:
    return {each.key: each.reason for each in await store.campaigns.suppressions(1, "EMAIL", "", 10)}


async def test_a_page_asks_and_a_click_does_it(store: OpenedStore) -> None:
    id_ = MailAddresses(store, IDS, lambda: 7).leaving_id(1, "Ann@mail.example")
    status, page, headers = await asked(store, "GET", id_)
    assert (status, '<form method="post">' in page, "mail.example" in page) == (200, True, False)
    assert "script" not in page
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert await listed(store) == {}
    for _ in range(2):
        status, page, _ = await asked(store, "POST", id_)
        assert (status, "no more mail" in page) == (200, True)
        assert await listed(store) == {"ann@mail.example": Reason.OPTED_OUT}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("id_", ["x", "%00", "%0A", "a" * 3000, IDS.text(5), "%F0%9F%98%80"])
async def test_a_link_that_is_not_ours(store: OpenedStore, method: str, id_: str) -> None:
    status, page, _ = await asked(store, method, id_)
    assert (status, "Not found" in page) == (404, True)
    assert await listed(store) == {}


class Away:
    """A store whose disk is full."""

    async def record(self, _changes: object) -> None:
        raise Unavailable("the disk is full")


async def test_a_store_that_is_away() -> None:
    id_ = MailAddresses(Away(), IDS, lambda: 7).leaving_id(1, "a@b")  # type: ignore[arg-type]
    status, page, _ = await asked(Away(), "POST", id_)
    assert (status, "again" in page) == (503, True)
