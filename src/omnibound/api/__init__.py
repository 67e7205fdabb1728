"""The native management API under `/api/v1`, described at `/api/openapi.json`."""

from omnibound.api.routes import routes

__all__ = ["routes"]
