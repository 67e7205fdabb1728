"""`python -m omnibound` is `omnibound`."""

from omnibound.cli import main

main()
