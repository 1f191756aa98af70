"""How files stand in Snakemake's report: reads the workflow of the demo, and prints JSON.

In a process of its own, since reading a workflow changes the process: signals, umask, environment.
"""

import json
import sys
from pathlib import Path

from snakemake.io import apply_wildcards, get_flag_value, is_flagged

from demo_workflow import demo_workflow

SHEET = "results/thesis/inspect/ham10000/ISIC_0024306.png"


def marks_of(workflow, file: str) -> list[dict]:
    """Return the arguments of `report(...)` with which rules make a file, wildcards filled in."""
    found = []
    for output in (output for rule in workflow.rules for output in rule.output):
        match = output.match(file)
        if match and is_flagged(output, "report"):
            mark, wildcards = get_flag_value(output, "report"), match.groupdict()
            found.append(
                {
                    "caption": mark.caption.get_path_or_uri(secret_free=True),
                    "category": mark.category,
                    "subcategory": apply_wildcards(mark.subcategory, wildcards),
                    "labels": {name: apply_wildcards(label, wildcards) for name, label in mark.labels.items()},
                }
            )
    return found


if __name__ == "__main__":
    with demo_workflow(Path(sys.argv[1])) as workflow:
        targets = workflow.globals["targets"]
        files = [file for name in ("tables", "figures") for file in targets[name]]
        json.dump({file: marks_of(workflow, file) for file in [*files, SHEET]}, sys.stdout)
