"""Set up a lesion network for its training on HAM10000 or ISIC2016."""

from pathlib import Path

from selcn.device import pick_device
from selcn.inputs import Samples
from selcn.lesion import LesionSettings
from selcn.lesion_inputs import CLASSES, build_for, open_lesion_inputs
from selcn.training.classification import class_codes, classification_task
from selcn.training.fit import seed_everything
from selcn.training.setup import Setup


def set_up_lesion(inputs, cell: str, lesion_dataset: str, samples: Samples, settings: LesionSettings) -> Setup:
    """Return a lesion cell's network and its task.

    Parameters
    ----------
    inputs
        A job's inputs: see `selcn.lesion_inputs.open_lesion_inputs`; and `weights` where the encoder is trained.
    """
    seed_everything(settings.training)
    device = pick_device()
    classes = CLASSES[lesion_dataset]
    lesion_inputs = open_lesion_inputs(cell, inputs, samples, settings, device)
    samples = lesion_inputs.samples
    codes = class_codes(samples.table["label"], classes).to(samples.rows.device)
    network = build_for(lesion_inputs, cell, len(classes), settings, Path(inputs.weights) if inputs.weights else None)
    train_codes = codes[samples.numbers("train")]
    weighted, batch = settings.training.weighted_loss, lesion_inputs.labelled(codes)
    task = classification_task(batch, train_codes, len(classes), weighted, device, lesion_inputs.sources())
    return Setup(network, task, samples, device)
