"""Training of a symmetry network on SymDerm: its set-up."""

from collections.abc import Sequence

import torch

from selcn.jobs.device import pick_device
from selcn.networks.symmetry import SymmetryModel, SymmetrySettings, build_symmetry_network
from selcn.networks.weights import file_of
from selcn.training.classification import class_codes, classification_task
from selcn.training.fit import seed_everything
from selcn.training.images import augment, on, place_of
from selcn.training.packed import PackedImages
from selcn.training.samples import Samples
from selcn.training.setup import Setup


def set_up_symmetry(
    packed: PackedImages, model: SymmetryModel, samples: Samples, settings: SymmetrySettings, weights: Sequence[str]
) -> Setup:
    """Return a symmetry network and its task.

    Parameters
    ----------
    packed
        SymDerm's images, masked as the model's input is.
    weights
        Files of pre-trained weights, the backbone's among them; not read for a model that starts from random weights.
    """
    seed_everything(settings.training)
    device = pick_device()
    pixels = packed.pixels(settings.input, device)
    samples = samples.on(place_of(*pixels.arrays))
    codes = class_codes(samples.table["label"], model.classes).to(samples.rows.device)

    def batch(chosen: torch.Tensor, generator: torch.Generator | None):
        raw = pixels.raw(samples.rows[chosen], samples.variants[chosen])
        if generator is not None:
            (raw,) = augment(settings.training.augmentation, generator, raw)
        return (pixels.network_input(raw),), on(device, codes[chosen])

    network = build_symmetry_network(settings, file_of(settings.backbone, weights) if model.pretrained else None)
    train_codes = codes[samples.numbers("train")]
    weighted, sources = settings.training.weighted_loss, pixels.sources(samples.rows)
    task = classification_task(batch, train_codes, len(model.classes), weighted, device, sources)
    return Setup(network, task, samples, device)
