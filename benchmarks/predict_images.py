"""Speed and memory of prediction, beside pytorch-grad-cam in batches and one image at a time.

    python benchmarks/predict_images.py BUNDLE data/HAM10000 docs/results/prediction

In place of a bundle, `config/demo.yaml` or another overlay of config.yaml stands for random networks of its
architectures and sizes, which take as long.

Ours and the peers predict the same images in turn, in rounds, with the same networks, folds, hair removal, outputs and
number of threads. Ours also scores how unlike the training data an image is. The networks alone are run by torch and,
by the bundle's script, by onnxruntime, on the same packed images. Peak memory is that of a process of its own for each
number of images.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import numpy as np
import onnxruntime
import torch
import yaml
from snakemake.utils import update_config

CLONE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CLONE / "workflow_scripts"), str(CLONE)]

from benchmarks.cascade_peers import Peer  # noqa: E402
from benchmarks.compare_onnx import in_batches  # noqa: E402
from benchmarks.machine import describe_machine, versions  # noqa: E402
from benchmarks.random_bundle import RandomBundle, add_onnx  # noqa: E402
from benchmarks.running import alone  # noqa: E402
from selcn.prediction.bundle import Bundle  # noqa: E402
from selcn.prediction.cascade import BATCH, Cascade  # noqa: E402
from selcn.prediction.onnx import predict  # noqa: E402 (its folder must be on the path)

ROUNDS = 5
CLASSES = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path, help="its folder, or an overlay of config.yaml")
    parser.add_argument("--cell", default="cls-none_sym-none", help="of random networks")
    parser.add_argument("images", type=Path, help="folder of images")
    parser.add_argument("target", type=Path, help="folder of the results")
    parser.add_argument("--name", default="speed", help="of the results' file")
    parser.add_argument("--count", type=int, default=1000, help="images of ours and of the batched peer; 0: none")
    parser.add_argument("--singly", type=int, default=100, help="images of the loop of one image at a time")
    parser.add_argument("--runtimes", type=int, default=100, help="images of torch beside onnxruntime; 0: none")
    parser.add_argument("--memory", type=int, nargs="*", default=[1000, 10000], help="images for peak memory")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        if arguments.bundle.suffix == ".yaml":
            arguments.bundle = random_bundle(arguments.bundle, arguments.cell).write(Path(temporary))
            if arguments.runtimes:
                add_onnx(arguments.bundle)
        measure(arguments)


def measure(arguments: argparse.Namespace) -> None:
    """Measure what is asked for, and write it."""
    paths = sorted(str(path) for path in arguments.images.rglob("*.jpg"))[: max(arguments.count, *arguments.memory, 0)]
    result = {
        "machine": describe_machine(),
        "versions": versions(),
        "bundle": alone(about, arguments.bundle),
        "images": {"count": len(paths), "rounds": ROUNDS},
        "images_a_second": alone(speeds, arguments.bundle, paths[: arguments.count], arguments.singly)
        if arguments.count
        else {},
        "networks_a_second": alone(runtimes, arguments.bundle, paths[: arguments.runtimes])
        if arguments.runtimes
        else {},
        "memory": [alone(memory_of, arguments.bundle, paths[:count]) for count in arguments.memory],
    }
    arguments.target.mkdir(parents=True, exist_ok=True)
    (arguments.target / f"{arguments.name}.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps({name: result[name] for name in ("images_a_second", "networks_a_second", "memory")}, indent=2))


def random_bundle(overlay: Path, cell: str) -> RandomBundle:
    """Return what a bundle of a configuration is like, with random weights."""
    configuration = yaml.safe_load((CLONE / "config.yaml").read_text())
    update_config(configuration, yaml.safe_load(overlay.read_text()) or {})
    segmentation, symmetry, lesion = (configuration[stage] for stage in ("segmentation", "symmetry", "lesion"))
    return RandomBundle(
        cell,
        CLASSES,
        configuration["pack"]["size"],
        segmentation,
        symmetry,
        lesion | {"freeze_encoder": False},
        (lesion["folds"], symmetry["folds"], lesion["folds"]),
        lesion["seeds"],
        flips=segmentation["ensemble"]["flips"],
    )


def about(bundle: Path) -> dict[str, object]:
    """Return what a bundle's networks are."""
    told = Bundle.load(bundle).metadata
    return {
        "cell": told["cell"],
        "pixels": told["pack"]["size"],
        "segmentation": f"{told['segmentation']['architecture']}, {told['segmentation']['settings']['encoder']}",
        "symmetry": told["symmetry"]["settings"]["backbone"],
        "lesion": told["lesion"]["settings"]["encoder"],
        "frozen": told["lesion"]["encoder"] is not None,
        "lesion_networks": len(told["lesion"]["networks"]),
    }


def speeds(bundle: Path, paths: Sequence[str], singly: int) -> dict[str, object]:
    """Return the images a second of each, by round, and the median gains over the peers."""
    cascade = Cascade.load(bundle, "cpu")
    # The peers recognise no images of the study.
    alike = replace(cascade, known=None)
    peer, per_round = Peer(alike), len(paths) // ROUNDS
    runs: dict[str, tuple[Callable, int]] = {
        "ours": (lambda chosen: sum(1 for _ in alike.stream(chosen)), per_round),
        "ours_with_known_images": (lambda chosen: sum(1 for _ in cascade.stream(chosen)), per_round),
        "peer_in_batches": (lambda chosen: sum(1 for _ in peer.stream(chosen, BATCH)), per_round),
        "peer_one_by_one": (lambda chosen: sum(1 for _ in peer.stream(chosen, 1)), singly // ROUNDS),
    }
    prepared = list(map(cascade.preparation.prepare, paths[:BATCH]))
    theirs = peer.predict(prepared)["networks"]
    ours = np.stack([prediction.networks for prediction in cascade.predict_prepared(prepared)])
    rates = rates_of(runs, paths, per_round)
    return {
        "threads": torch.get_num_threads(),
        "largest_difference_of_probabilities": float(np.abs(ours - theirs).max()),
        **rates,
        "median_gain_over": {name: gain(rates, "ours", name) for name in ("peer_in_batches", "peer_one_by_one")},
    }


def runtimes(bundle: Path, paths: Sequence[str]) -> dict[str, object]:
    """Return the images a second of the networks alone, from packed images on, by torch and by onnxruntime."""
    cascade, script, per_round = replace(Cascade.load(bundle, "cpu"), known=None), Script(bundle), len(paths) // ROUNDS
    runs: dict[str, tuple[Callable, int]] = {
        "torch_in_batches": (lambda chosen: list(map(cascade.predict_prepared, in_batches(chosen))), per_round),
        "torch_one_by_one": (lambda chosen: [cascade.predict_prepared([each]) for each in chosen], per_round),
        "onnx_one_by_one": (lambda chosen: [script.predict(each.packed, each.sha256) for each in chosen], per_round),
    }
    rates = rates_of(runs, list(map(cascade.prepare, paths)), per_round)
    return {
        "threads": torch.get_num_threads(),
        **rates,
        "median_gain_of_torch": gain(rates, "torch_one_by_one", "onnx_one_by_one"),
    }


class Script(predict.Cascade):
    """A bundle's script with as many threads as torch."""

    def opened(self, name: str) -> onnxruntime.InferenceSession:
        """Return a model that is ready to run."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        return onnxruntime.InferenceSession(self.folder / name, options, providers=["CPUExecutionProvider"])


def rates_of(runs: dict[str, tuple[Callable, int]], images: Sequence, per_round: int) -> dict[str, list[float]]:
    """Return images a second by round, of each run on its number of the round's images, one run after the other."""
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(ROUNDS):
        own = images[number * per_round : (number + 1) * per_round]
        for name, (run, count) in runs.items():
            chosen = list(islice(own, count))
            begun = time.perf_counter()
            run(chosen)
            rates[name].append(round(len(chosen) / (time.perf_counter() - begun), 2))
    return rates


def gain(rates: dict[str, list[float]], name: str, over: str) -> float:
    """Return the median over rounds of a rate divided by another."""
    return round(statistics.median(a / b for a, b in zip(rates[name], rates[over], strict=True)), 2)


def memory_of(bundle: Path, paths: Sequence[str]) -> dict[str, float]:
    """Return images, images a second and peak memory in MB of predicting images one after the other."""
    cascade, begun = Cascade.load(bundle, "cpu"), time.perf_counter()
    count = sum(1 for _ in cascade.stream(paths))
    seconds = time.perf_counter() - begun
    # Linux counts in KiB.
    peak = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    return {"images": count, "images_a_second": round(count / seconds, 1), "peak_mb": round(peak)}


if __name__ == "__main__":
    main()
