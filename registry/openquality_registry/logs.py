"""Logs as JSON lines on standard error: ours and those of libraries, in one form.

Nothing of a request is logged but method, path, status, duration and the client's address: no
query, no header, no body, no token.
"""

import logging
import sys

import structlog


def configure() -> None:
    """Send all logs to standard error as JSON; members of `extra` become members of the line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.ExtraAdder(),
                structlog.stdlib.add_logger_name,
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
