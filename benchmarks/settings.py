"""The study's own settings, from config.yaml, and torch as the study's jobs set it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
import yaml

from benchmarks import CLONE
from selcn.networks.lesion import LesionSettings
from selcn.networks.symmetry import SymmetrySettings


def section(name: str) -> dict:
    """Return a section of config.yaml."""
    return yaml.safe_load((CLONE / "config.yaml").read_text())[name]


def symmetry_settings(size: int) -> SymmetrySettings:
    """Return the symmetry network's settings, at an input size."""
    settings = SymmetrySettings.from_config(section("symmetry"))
    return replace(settings, input=replace(settings.input, size=size))


def lesion_settings(size: int, batch: int, threads: int) -> LesionSettings:
    """Return the lesion network's settings, at an input and a batch size, on some threads."""
    settings = LesionSettings.from_config(section("lesion"))
    training = replace(settings.training, batch_size=batch, torch_threads=threads)
    return replace(settings, input=replace(settings.input, size=size), training=training)


@contextmanager
def deterministic(device: str) -> Iterator[None]:
    """Compute as the study's jobs do: on the CPU with the same bits every time, for which peers do not ask."""
    torch.use_deterministic_algorithms(device == "cpu")
    torch.utils.deterministic.fill_uninitialized_memory = False
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)
