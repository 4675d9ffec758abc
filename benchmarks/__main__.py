"""Run the benchmarks: `python -m benchmarks [NAME…]`; without names, all of them."""

import signal
import sys
from importlib import import_module

NAMES = (
    "one_file",
    "lines",
    "workbook",
    "seeded",
    "bulk",
    "bundle",
    "anchors",
    "admission",
    "databases",
    "long_log",
    "query",
    "pages",
    "agents",
    "decisions",
    "replay",
    "shapes",
    "rows",
    "schemas",
    "profiles",
    "conformity",
    "events",
)

# Ended by a signal, a benchmark still ends the servers that it started.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
for name in sys.argv[1:] or NAMES:
    import_module(f"benchmarks.{name}").run()
