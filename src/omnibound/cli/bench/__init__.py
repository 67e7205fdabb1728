"""`omnibound bench`: what this machine does with it. Server, carrier and clients are processes of their own."""

from omnibound.cli.bench.command import add

__all__ = ["add"]
