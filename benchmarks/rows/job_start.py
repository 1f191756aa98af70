"""The start of a job: what a rule's script imports, beside `import torch` alone."""

import ast
import statistics
import sys
from collections.abc import Mapping

from benchmarks import CLONE
from benchmarks.bench import Bench
from benchmarks.measuring import Line, Target
from benchmarks.processes import Usage, run
from selcn.jobs.environment import JOB

SCRIPTS = CLONE / "workflow_scripts"
PEER = "import torch"
# What is imported later, when the network of config.yaml is built.
LATER = {
    "train_lesion": "timm",
    "compute_cams": "torchvision.models",
    "train_segmentation": "segmentation_models_pytorch",
    "predict_masks": "segmentation_models_pytorch",
}
NONE = ("evaluate_lesion", "join_shards")


def imports_of(script: str) -> str:
    """Return the import statements with which a rule's script begins."""
    tree = ast.parse((SCRIPTS / f"{script}.py").read_text())
    return "\n".join(ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom))


def commands(quick: bool) -> dict[str, str]:
    """Return the code of each start, by its name."""
    scripts = ["join_shards"] if quick else [*LATER, *NONE]
    starts = {script: imports_of(script) for script in scripts}
    lean = "from selcn.networks.lean import without_compiler\nwith without_compiler():\n    import "
    built = {f"{name}, network built": f"{starts[name]}\n{lean}{LATER[name]}" for name in LATER if name in starts}
    return {PEER: PEER} | starts | built


def start(code: str) -> Usage:
    """Run code in a Python of its own that finds the library, as a job does."""
    return run([sys.executable, "-c", code], CLONE, {"PYTHONPATH": str(SCRIPTS), JOB: "1"})


def in_turn(codes: Mapping[str, str], repeats: int) -> dict[str, list[Usage]]:
    """Return what each start took in each round; the first round, which reads the files, is not counted."""
    found: dict[str, list[Usage]] = {name: [] for name in codes}
    for _ in range(repeats + 1):
        for name, code in codes.items():
            found[name].append(start(code))
    return {name: usages[1:] for name, usages in found.items()}


def measure(bench: Bench) -> list[Line]:
    """Return CPU seconds of each script's start."""
    found = in_turn(commands(bench.quick), bench.size(3, 1))
    peer = found.pop(PEER)
    lines = []
    for name, usages in found.items():
        script, _, built = name.partition(", ")
        wall, plain = (statistics.median(usage.seconds for usage in each) for each in (usages, peer))
        later = f"; with {LATER[script]}, which its network needs" if built else ""
        lines.append(
            Line(
                what=f"start of {name}",
                unit="CPU s",
                higher_is_better=False,
                ours=tuple(usage.cpu_seconds for usage in usages),
                peer=tuple(usage.cpu_seconds for usage in peer),
                peer_name=f"python -c '{PEER}'",
                target=None if built else Target("at most 1.5x the peer's", gain=1 / 1.5),
                note=f"by the clock {wall:.2f} s, the peer {plain:.2f} s{later}",
            )
        )
    return lines
