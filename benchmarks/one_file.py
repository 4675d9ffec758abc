"""One file, cold start included, beside the validators that people have."""

import sys
import tempfile
from pathlib import Path

from benchmarks import commands, forms, harness, peers

ROUNDS = 11
BARE = """
import json, sys, jsonschema_rs
schema = json.load(open(sys.argv[1])); document = json.load(open(sys.argv[2]))
sys.exit(not jsonschema_rs.validator_for(schema, validate_formats=True).is_valid(document))
"""


def run() -> None:
    harness.heading("One file, whole process")
    harness.machine("openquality", "jsonschema-rs")
    programs = peers.programs()
    print(forms.NOTES)
    with tempfile.TemporaryDirectory() as folder:
        records = forms.Records(Path(folder, "one"), [harness.example()])
        contenders: dict[str, commands.Command] = {
            "openquality validate": records.ours(),
            **{peer.name: records.theirs(peer, program) for peer, program in programs.items()},
            "bare jsonschema-rs script": [
                sys.executable, "-c", BARE, records.schema, records.json
            ],
            "bare interpreter": [sys.executable, "-c", "pass"],
        }  # fmt: skip
        commands.alternate(1, contenders)  # unseen: what is compiled or cached at the first call
        found = commands.alternate(ROUNDS, contenders)
    for name, ran in found.items():
        print(f"  {name:28} {ran.seconds * 1000:7.0f} ms")
    ours = found["openquality validate"].seconds
    for peer in programs:
        goal = "at most 0.25" if peer is peers.CHECK_JSONSCHEMA else "none set"
        harness.ratio(f"ours / {peer.name}", ours, found[peer.name].seconds, goal)
