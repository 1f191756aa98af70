"""Inputs and outputs of the rules that the profile `shared` allows, in the demo's leakfree protocol: prints JSON.

In a process of its own, since reading a workflow changes the process: signals, umask, environment.
"""

import json
import sys
from pathlib import Path

import yaml
from snakemake.io import apply_wildcards
from snakemake.iocontainers import Wildcards

from demo_workflow import PROJECT, demo_workflow

WILDCARDS = {"protocol": "leakfree"}

if __name__ == "__main__":
    allowed = yaml.safe_load((PROJECT / "profiles/shared/config.yaml").read_text())["allowed-rules"]
    with demo_workflow(Path(sys.argv[1])) as workflow:
        rules = [workflow.get_rule(name) for name in allowed]
        inputs = [path for rule in rules for path in rule.expand_input(Wildcards(fromdict=WILDCARDS))[0]]
        outputs = [apply_wildcards(str(path), WILDCARDS) for rule in rules for path in rule.output]
    json.dump({"inputs": sorted(set(map(str, inputs))), "outputs": outputs}, sys.stdout)
