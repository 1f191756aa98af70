"""Where the time of three jobs goes on the CPU: a lesion training, a CAM job and hair removal.

    pip install py-spy
    python benchmarks/profile_jobs.py docs/results/profiles

The networks are profiled by torch's profiler, operation by operation; hair removal by py-spy, line by line.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
from torch.profiler import ProfilerActivity, profile

from benchmarks import CLONE
from benchmarks.bench import Bench
from benchmarks.ceilings import cores
from benchmarks.machine import describe_machine, versions
from benchmarks.packed import packed_pixels
from benchmarks.photographs import find_photographs
from benchmarks.rows import grad_cam, training
from benchmarks.rows.hair import write_index
from benchmarks.settings import symmetry_settings
from selcn.storage.artifacts import replacing

SHOWN, IMAGES, BATCH = 8, 96, 16
# Of py-spy: samples a second.
RATE = 200
Costs = list[tuple[str, float]]


def of_operations(run: Callable[[], object]) -> Costs:
    """Return torch's operations and their shares of a run's time; a run before it is not counted."""
    run()
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        run()
    spent = Counter({event.key: event.self_cpu_time_total for event in profiler.key_averages()})
    return shares(spent)


def shares(spent: Counter) -> Costs:
    """Return the largest costs, as parts of the whole."""
    return [(name, value / spent.total()) for name, value in spent.most_common(SHOWN)]


def of_training(bench: Bench) -> Costs:
    """Profile a batch of the lesion network's training."""
    settings = training.measured_settings(training.SIZE, BATCH, bench)
    loop, samples = training.our_loop(bench.photographs.files, settings, bench.folder / "training.npy", "cpu")
    return of_operations(lambda: training.train(loop, samples, 1))


def of_cams(bench: Bench) -> Costs:
    """Profile the symmetry network's maps."""
    settings = symmetry_settings(grad_cam.SIZE)
    pixels = packed_pixels(bench.photographs.files, IMAGES, settings.input, bench.folder / "cams.npy", "cpu")
    network, rows = grad_cam.network_of(grad_cam.SIZE, "cpu"), torch.arange(IMAGES)
    return of_operations(lambda: grad_cam.our_maps(network, pixels, rows, settings.training.batch_size))


def of_hair(bench: Bench) -> Costs:
    """Profile the rule's script of hair removal, in one thread and with its start, by the line it is in."""
    index = write_index(bench.photographs.repeated(IMAGES), bench.folder / "index.parquet")
    stacks = bench.folder / "stacks.txt"
    code = f"from pathlib import Path; from benchmarks.rows.hair import the_rule; the_rule(Path({str(index)!r}), "
    code += f"Path({str(bench.folder / 'rule')!r}), 1)"
    command = ["py-spy", "record", "--rate", str(RATE), "--format", "raw", "--output", str(stacks), "--"]
    subprocess.run([*command, sys.executable, "-c", code], cwd=CLONE, check=True, capture_output=True)
    spent: Counter = Counter()
    for line in stacks.read_text().splitlines():
        stack, _, samples = line.rpartition(" ")
        spent[ours_of(stack.split(";"))] += int(samples)
    return shares(spent)


def ours_of(stack: list[str]) -> str:
    """Return the innermost line of a stack that is this repository's; imports are one cost."""
    if any("importlib" in frame for frame in stack):
        return "imports"
    ours = [frame for frame in stack if "selcn/" in frame or "workflow_scripts/" in frame]
    return ours[-1] if ours else stack[-1] or "no line of Python"


JOBS = {
    "Lesion training, EfficientNet-B4, 256 px, batch 16: torch's operations": of_training,
    "CAM job, SqueezeNet, 256 px: torch's operations": of_cams,
    "Hair removal, 600x450, one thread, the whole job: lines": of_hair,
}


def report(costs: dict[str, Costs], images: str) -> str:
    """Return the profiles as Markdown."""
    machine = describe_machine()
    parts = [
        "# Where the time goes",
        "",
        f"`python benchmarks/profile_jobs.py docs/results/profiles` on {images}; {machine['processor']}, "
        f"{machine['cores']} cores; torch {versions()['torch']}. Shares of the time of each job.",
    ]
    for job, found in costs.items():
        rows = [f"| `{name}` | {100 * share:.1f} % |" for name, share in found]
        parts += ["", f"## {job}", "", "| what | share |", "| --- | --- |", *rows]
    return "\n".join([*parts, ""])


def main(out: Path) -> None:
    if not shutil.which("py-spy"):
        raise SystemExit("py-spy: not found; pip install py-spy")
    torch.set_num_threads(cores())
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        photographs = find_photographs(folder / "photographs", 24)
        bench = Bench(photographs, {}, folder)
        costs = {job: find(bench) for job, find in JOBS.items()}
    with replacing(out / "profiles.md") as temporary:
        temporary.write_text(report(costs, photographs.kind))
    print((out / "profiles.md").read_text())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="folder for profiles.md")
    main(parser.parse_args().out)
