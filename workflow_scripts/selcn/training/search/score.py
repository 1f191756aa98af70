"""Balanced accuracy as the score of a classifier's trials."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from selcn.training.classification import class_codes
from selcn.training.setup import Setup


def by_balanced_accuracy(setup: Setup, classes: Sequence[str]) -> Setup:
    """Return a classifier's set-up whose validation accuracy is balanced: the mean of its classes' recalls.

    Each correct sample counts by how rare its class is among the validation samples, so the training loop's mean over
    them is their balanced accuracy; classes without validation samples are left out. The training accuracy in the log
    has the same weights, and may exceed 1.

    Parameters
    ----------
    classes
        The network's classes, in the order of its logits.
    """
    table = setup.samples.table
    codes = class_codes(table.loc[table["subset"] == "validation", "label"], classes)
    counts = torch.bincount(codes, minlength=len(classes)).double()
    weights = (len(codes) / (counts.clamp(min=1) * (counts > 0).sum())).to(setup.device)

    def correct(output: Tensor, target: Tensor) -> Tensor:
        return (weights[target] * (output.argmax(1) == target)).sum()

    return replace(setup, task=replace(setup.task, correct=correct))
