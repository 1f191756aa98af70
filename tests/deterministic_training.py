"""Three small trainings of one network with deterministic algorithms: whole, once more, and stopped and resumed.

Usage: deterministic_training.py <cuda or cpu> <network> <folder>

A process of its own, since cuBLAS must be told before CUDA starts. Prints a digest of the weights and history of each.
"""

import hashlib
import sys
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from drawn_training import TRAINING, Drawn, draw, network
from selcn.networks.segmentation import SegmentationSettings, build_segmentation_network
from selcn.networks.settings import InputSettings
from selcn.networks.symmetry import SymmetrySettings, build_symmetry_network
from selcn.training.classification import classification_task
from selcn.training.fit import Task, fit, seed_everything
from selcn.training.images import on, place_of
from selcn.training.residency import resident
from selcn.training.segmentation import segmentation_task

NETWORKS = ("lesion", "squeezenet1_0", "unet", "deeplabv3plus")
SETTINGS = replace(TRAINING, epochs=3, deterministic=True)
# In the second epoch: each has six batches and one to validate on.
STOPPED_AT = 10


def set_up(name: str, drawn: Drawn, device: torch.device) -> tuple[nn.Module, Task]:
    """Return an untrained network and its task."""
    if name == "lesion":
        return network(), drawn.task(drawn.inputs(device))
    pixels = replace(drawn.pixels(device, "resident", 64), masks=None)
    samples = drawn.samples.on(place_of(*pixels.arrays))
    if name in ("unet", "deeplabv3plus"):
        settings = SegmentationSettings("resnet18", InputSettings(64), SETTINGS, 0.05)
        truth = resident(drawn.masks, device)
        task = segmentation_task(pixels, truth, samples.rows, samples.variants, settings)
        return build_segmentation_network(name, settings, None), task
    codes = torch.arange(len(samples.rows), device=samples.rows.device) % 2

    def batch(chosen, generator):
        return (pixels.batch(samples.rows[chosen], samples.variants[chosen]),), on(device, codes[chosen])

    task = classification_task(batch, codes, 2, True, device, pixels.sources(samples.rows))
    return build_symmetry_network(SymmetrySettings(name, InputSettings(64), SETTINGS, 0.5), None), task


def interrupted(task: Task) -> Task:
    """Return a task whose training is stopped after some batches."""
    asked = []

    def batch(chosen, generator):
        asked.append(chosen)
        if len(asked) == STOPPED_AT:
            raise KeyboardInterrupt
        return task.batch(chosen, generator)

    return replace(task, batch=batch)


def train(name: str, drawn: Drawn, device: torch.device, progress: Path, stop: bool = False) -> str:
    """Train and return a digest of weights and history."""
    seed_everything(SETTINGS)
    trained, task = set_up(name, drawn, device)
    samples = drawn.samples.on(device)
    numbers = [samples.numbers(subset) for subset in ("train", "validation")]
    history = fit(trained, interrupted(task) if stop else task, *numbers, SETTINGS, progress, device)
    digest = hashlib.sha256(history.to_json(double_precision=15).encode())
    for weights in trained.state_dict().values():
        digest.update(weights.cpu().numpy().tobytes())
    return digest.hexdigest()


def main(device: torch.device, name: str, folder: Path) -> None:
    drawn = draw()
    print(train(name, drawn, device, folder / "whole.pt"))
    print(train(name, drawn, device, folder / "again.pt"))
    try:
        train(name, drawn, device, folder / "stopped.pt", stop=True)
    except KeyboardInterrupt:
        print(train(name, drawn, device, folder / "stopped.pt"))


if __name__ == "__main__":
    main(torch.device(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
