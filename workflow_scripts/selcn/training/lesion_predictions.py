"""Predictions of a further test set by the lesion networks of every fold."""

from collections.abc import Sequence

import pandas as pd
import torch

from selcn.data.splits.folds import test_rows
from selcn.jobs.device import pick_device
from selcn.networks.lesion import LesionSettings
from selcn.storage.artifacts import write_table
from selcn.training.classification import logits_of, prediction_table
from selcn.training.fit import seed_everything
from selcn.training.lesion import CellImages, build_for, lesion_inputs
from selcn.training.samples import Samples

OFFICIAL_TEST = "official_test"
# Roles of the images of an external set that are predicted.
EXTERNAL_ROLES = ("test", OFFICIAL_TEST)


def predict_testset(
    cell_images: CellImages,
    splits: pd.DataFrame,
    testset: str,
    classes: Sequence[str],
    settings: LesionSettings,
    models: Sequence[str],
    targets: Sequence[str],
) -> None:
    """Predict a further test set with trained networks of one lesion cell, and write one table per network.

    Parameters
    ----------
    cell_images, splits
        Of the test set's data set.
    testset
        `OFFICIAL_TEST` for the test part of a data set, else an external set.
    models, targets
        Files of the networks' weights, and of the predictions of each.
    """
    seed_everything(settings.training)
    device = pick_device()
    roles = (OFFICIAL_TEST,) if testset == OFFICIAL_TEST else EXTERNAL_ROLES
    images = pd.concat([test_rows(splits, role) for role in roles])
    samples = Samples.locate(images.assign(subset="test"), cell_images.rows)
    inputs = lesion_inputs(cell_images, samples, settings, device)
    network = build_for(inputs, cell_images.cell, len(classes), settings, None)
    numbers, batch_size = torch.arange(len(images)), settings.inference_batch_size
    for model, target in zip(models, targets, strict=True):
        network.load_state_dict(torch.load(model, weights_only=True, map_location=device))
        logits = logits_of(network, inputs.batch, numbers, len(classes), batch_size, device)
        write_table(prediction_table(samples.table, logits, classes), target)
