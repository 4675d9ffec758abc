"""Run the benchmarks: `python -m benchmarks [NAME…]`; without names, all of them."""

import sys
from importlib import import_module

NAMES = ("one_file", "bulk", "bundle", "admission", "query")

for name in sys.argv[1:] or NAMES:
    import_module(f"benchmarks.{name}").run()
