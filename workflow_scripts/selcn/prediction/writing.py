"""Writing the networks of a bundle, and what its metadata says of them."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors.torch import save_file
from torch import Tensor

from selcn.storage.artifacts import read_json, replacing
from selcn.training.model_selection import best_by_test_accuracy


def segmentation_part(inputs, told: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Write the selected architecture's networks and return what the metadata says of them.

    Parameters
    ----------
    inputs
        The job's: `selected`, `segmentation_settings`, `segmentation_models`, `lesions`.
    told
        See `selcn.workflow.inputs.bundles.BundleInputs.told`.
    folder
        The bundle's.
    """
    architecture = read_json(inputs.selected)["architecture"]
    models = {
        network.fold: model
        for network, model in zip(told["segmentation_networks"], inputs.segmentation_models, strict=True)
        if network.model == architecture
    }
    return {
        "architecture": architecture,
        "flips": told["flips"],
        # Without networks that never saw an image's lesion, all predict it together.
        "averaged": not inputs.lesions,
        "settings": read_yaml(inputs.segmentation_settings),
        "networks": write_folds("segmentation", models, folder),
    }


def symmetry_part(inputs, told: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Write the symmetry networks that serve new images, all folds' or the best one, and return the same of them."""
    models = dict(enumerate(inputs.symmetry_models))
    if not inputs.lesions:
        best = best_by_test_accuracy(inputs.symmetry_test)
        models = {best: models[best]}
    return {
        **told["symmetry"],
        "settings": read_yaml(inputs.symmetry_settings),
        "networks": write_folds("symmetry", models, folder),
    }


def lesion_part(inputs, told: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Write the lesion networks of all folds and seeds, and a frozen encoder, and return the same of them."""
    networks = []
    for network, model in zip(told["networks"], inputs.lesion_models, strict=True):
        name = f"weights/lesion-seed-{network.seed}-fold-{network.fold}.safetensors"
        write_weights(model, folder / name)
        networks.append({"fold": network.fold, "seed": network.seed, "file": name})
    encoder = "weights/encoder.safetensors" if inputs.encoder else None
    if encoder:
        with replacing(folder / encoder) as temporary:
            shutil.copyfile(inputs.encoder, temporary)
    return {
        **told["lesion"],
        "settings": read_yaml(inputs.lesion_settings),
        "encoder": encoder,
        "networks": networks,
    }


def write_folds(stage: str, models: Mapping[int, str], folder: Path) -> dict[str, str]:
    """Write the weights of a stage's network of each fold; return the files' names in the bundle, by fold."""
    names = {fold: f"weights/{stage}-{fold}.safetensors" for fold in models}
    for fold, model in models.items():
        write_weights(model, folder / names[fold])
    return {str(fold): name for fold, name in names.items()}


def write_weights(model: str | Path, target: Path) -> None:
    """Write the weights of a training, a state dictionary, as safetensors."""
    write_state(torch.load(model, map_location="cpu", weights_only=True), target)


def write_state(state: Mapping[str, Tensor], target: Path) -> None:
    """Write weights by name as safetensors."""
    with replacing(target) as temporary:
        save_file({name: value.contiguous() for name, value in state.items()}, temporary)


def read_yaml(path: str | Path) -> dict[str, Any]:
    """Read a settings file."""
    return yaml.safe_load(Path(path).read_text())
