"""The command line: one file a command."""

from omnibound.cli.main import main

__all__ = ["main"]
