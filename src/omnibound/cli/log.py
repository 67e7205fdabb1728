"""The log: one line an event, for people on a terminal and as JSON elsewhere."""

import logging
import sys

import structlog


def set_up_log(level: str) -> None:
    """Send everything that is logged to standard error. `level` is a name of the logging module, in any case."""
    person = sys.stderr.isatty()
    shared = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer = structlog.dev.ConsoleRenderer() if person else structlog.processors.JSONRenderer()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    out = logging.StreamHandler(sys.stderr)
    out.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [out]
    root.setLevel(level.upper())
    logging.getLogger("uvicorn.access").disabled = True
