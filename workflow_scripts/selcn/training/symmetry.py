"""Training of a symmetry network on SymDerm: its set-up."""

import torch

from selcn.jobs.device import pick_device
from selcn.jobs.resumable import as_list
from selcn.networks.symmetry import SymmetryModel, SymmetrySettings, build_symmetry_network
from selcn.networks.weights import file_of
from selcn.training.classification import class_codes, classification_task
from selcn.training.fit import seed_everything
from selcn.training.images import augment, on, place_of
from selcn.training.samples import Samples, open_pixels
from selcn.training.setup import Setup


def set_up_symmetry(inputs, model: SymmetryModel, samples: Samples, settings: SymmetrySettings) -> Setup:
    """Return an untrained symmetry network, its task and its samples.

    Parameters
    ----------
    inputs
        The job's inputs: the packed images, the masks of the model's input and, if it is pre-trained, `weights`: one
        file or several, including the backbone's.
    """
    seed_everything(settings.training)
    device = pick_device()
    pixels = open_pixels(model.mask, inputs, settings.input, device)
    samples = samples.on(place_of(*pixels.arrays))
    codes = class_codes(samples.table["label"], model.classes).to(samples.rows.device)

    def batch(chosen: torch.Tensor, generator: torch.Generator | None):
        raw = pixels.raw(samples.rows[chosen], samples.variants[chosen])
        if generator is not None:
            (raw,) = augment(settings.training.augmentation, generator, raw)
        return (pixels.network_input(raw),), on(device, codes[chosen])

    weights = file_of(settings.backbone, as_list(inputs.weights)) if model.pretrained else None
    network = build_symmetry_network(settings, weights)
    train_codes = codes[samples.numbers("train")]
    weighted, sources = settings.training.weighted_loss, pixels.sources(samples.rows)
    task = classification_task(batch, train_codes, len(model.classes), weighted, device, sources)
    return Setup(network, task, samples, device)
