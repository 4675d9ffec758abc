"""A file of 100,000 records, one a line, beside the validators that people have."""

import tempfile
from pathlib import Path

from benchmarks import commands, forms, harness, peers

COUNT = 100_000
FEW = 1_000  # for a validator that would take minutes
ROUNDS = 3


def run() -> None:
    harness.heading(f"{COUNT:,} records, whole process")
    harness.machine("openquality", "jsonschema-rs", "orjson")
    programs = peers.programs()
    print(forms.NOTES)
    print("  ajv-cli and check-jsonschema read no lines, and get them as one array.")
    with tempfile.TemporaryDirectory() as folder:
        many = forms.Records(Path(folder, "many"), harness.records(COUNT))
        few = forms.Records(Path(folder, "few"), harness.records(FEW))
        counts = {"openquality validate": COUNT}
        contenders = {"openquality validate": many.ours()}
        for peer, program in programs.items():
            records, count = (few, FEW) if peer is peers.CHECK_JSONSCHEMA else (many, COUNT)
            counts[peer.name] = count
            contenders[peer.name] = records.theirs(peer, program)
        found = commands.alternate(ROUNDS, contenders, runner=commands.watched)
    for name, ran in found.items():
        rate = counts[name] / ran.seconds
        print(
            f"  {name:22} {counts[name]:8,} records {ran.seconds:7.1f} s {rate:10,.0f} records/s, "
            f"peak {ran.peak:6,.0f} MiB"
        )
    ours = found["openquality validate"].seconds / COUNT
    for peer in programs:
        theirs = found[peer.name].seconds / counts[peer.name]
        harness.ratio(f"time: ours / {peer.name}", ours, theirs, "none set")
