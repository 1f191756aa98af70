"""Inputs and outputs of the rules that the profile `shared` allows, in the demo's leakfree protocol: prints JSON.

In a process of its own, since reading a workflow changes the process: signals, umask, environment.
"""

import json
import sys
from pathlib import Path

import yaml
from snakemake.api import SnakemakeApi
from snakemake.io import apply_wildcards
from snakemake.iocontainers import Wildcards
from snakemake.settings.types import ConfigSettings, OutputSettings, Quietness, ResourceSettings

PROJECT = Path(__file__).resolve().parents[1]
WILDCARDS = {"protocol": "leakfree"}

if __name__ == "__main__":
    allowed = yaml.safe_load((PROJECT / "profiles/shared/config.yaml").read_text())["allowed-rules"]
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            ResourceSettings(cores=1),
            config_settings=ConfigSettings(configfiles=[PROJECT / "config/demo.yaml"]),
            snakefile=PROJECT / "Snakefile",
            workdir=Path(sys.argv[1]),
        )._workflow
        rules = [workflow.get_rule(name) for name in allowed]
        inputs = [path for rule in rules for path in rule.expand_input(Wildcards(fromdict=WILDCARDS))[0]]
        outputs = [apply_wildcards(str(path), WILDCARDS) for rule in rules for path in rule.output]
    json.dump({"inputs": sorted(set(map(str, inputs))), "outputs": outputs}, sys.stdout)
