"""Training on a CPU with torch's memory in huge pages, as jobs ask for it, beside the same without."""

import sys
from collections.abc import Iterator

from benchmarks import CLONE
from benchmarks.bench import Bench
from benchmarks.measuring import Line
from benchmarks.processes import run
from selcn.jobs.environment import HUGE_PAGES

ENCODER, SIZE, BATCH = "tf_efficientnet_lite0", 96, 32
STEPS = f"""
import time, timm, torch
torch.set_num_threads(1)
torch.manual_seed(0)
network = timm.create_model("{ENCODER}", num_classes=7).to(memory_format=torch.channels_last).train()
optimizer = torch.optim.Adam(network.parameters())
images = torch.randn({BATCH}, 3, {SIZE}, {SIZE}).contiguous(memory_format=torch.channels_last)
labels = torch.arange({BATCH}) % 7
for number in range(-2, STEPS):
    if number == 0:
        begun = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    torch.nn.functional.cross_entropy(network(images), labels).backward()
    optimizer.step()
print({BATCH} * STEPS / (time.perf_counter() - begun))
"""


def rate_of(huge_pages: str, steps: int) -> float:
    """Return the images a second of a training in a process of its own; `huge_pages`: 1, or 0 without."""
    code = STEPS.replace("STEPS", str(steps))
    return float(run([sys.executable, "-c", code], CLONE, {HUGE_PAGES: huge_pages}).output.split()[-1])


def measure(bench: Bench) -> Iterator[Line]:
    """Yield images a second with and without huge pages, in turn."""
    found: dict[str, list[float]] = {"1": [], "0": []}
    for repeat in range(bench.size(5, 1)):
        for setting in list(found)[:: -1 if repeat % 2 else 1]:
            found[setting].append(rate_of(setting, bench.size(20, 1)))
    yield Line(
        what=f"training {ENCODER}, {SIZE} px, batch {BATCH}, one thread: huge pages",
        unit="images/s",
        higher_is_better=True,
        ours=tuple(found["1"]),
        peer=tuple(found["0"]),
        peer_name=f"the same with {HUGE_PAGES}=0",
        note="random images and weights",
    )
