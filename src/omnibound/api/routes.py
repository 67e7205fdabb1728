"""The paths of the native API."""

from starlette.routing import BaseRoute

from omnibound.api.base import ApiParts
from omnibound.services.base import Services


def routes(services: Services, parts: ApiParts) -> list[BaseRoute]:
    """Everything below `/api`."""
    return []
