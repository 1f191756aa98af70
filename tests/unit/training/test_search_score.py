"""The score of a classifier's trials is scikit-learn's balanced accuracy of the validation samples."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score
from torch import nn

import toy_training
from selcn.training.classification import classification_task
from selcn.training.samples import Samples
from selcn.training.search.score import by_balanced_accuracy
from selcn.training.setup import Setup

CLASSES = ("a", "b", "c")


def setup_of(codes: np.ndarray, trained: int, batch=None, network: nn.Module | None = None) -> Setup:
    """A set-up of samples of these classes, the first of them for training."""
    labels = [CLASSES[code] for code in codes]
    subsets = ["train"] * trained + ["validation"] * (len(codes) - trained)
    table = pd.DataFrame({"image_id": range(len(codes)), "variant": "original", "label": labels, "subset": subsets})
    rows = torch.arange(len(codes))
    task = classification_task(batch, torch.from_numpy(codes[:trained]), 3, weighted=False, device=toy_training.CPU)
    return Setup(network or nn.Identity(), task, Samples(table, rows, torch.zeros_like(rows)), toy_training.CPU)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40), st.integers(1, 9))
@pytest.mark.filterwarnings("ignore::UserWarning:sklearn")
def test_the_mean_over_batches_of_any_size_is_the_balanced_accuracy(pairs, size):
    """Also where a class has no validation sample."""
    true, predicted = np.array(pairs).T
    training_alone = np.array([0, 1, 2])
    setup = by_balanced_accuracy(setup_of(np.concatenate([training_alone, true]), 3), CLASSES)
    output, target = torch.eye(3)[predicted], torch.from_numpy(true)
    sums = [setup.task.correct(*batch) for batch in zip(output.split(size), target.split(size), strict=True)]
    assert float(sum(sums)) / len(true) == pytest.approx(balanced_accuracy_score(true, predicted), abs=1e-12)


def test_a_trained_network_s_history_has_it_and_the_same_losses_as_without(tmp_path):
    data = toy_training.Data()
    # The classes are far from balanced.
    data.codes = (data.images.mean((1, 2, 3)) > 0.1).long()
    codes = data.codes.numpy()
    histories, setups = [], []
    for name in ("plain", "balanced"):
        setup = setup_of(codes, 40, data.batch, toy_training.build())
        setups.append(by_balanced_accuracy(setup, CLASSES) if name == "balanced" else setup)
        histories.append(setups[-1].fit(toy_training.with_epochs(3), tmp_path / name))
    losses = ["train_loss", "validation_loss"]
    pd.testing.assert_frame_equal(histories[0][losses], histories[1][losses])
    kept = histories[1].loc[histories[1]["validation_loss"].idxmin()]
    with torch.inference_mode():
        predicted = setups[1].network.eval()(data.images[40:]).argmax(1).numpy()
    expected = balanced_accuracy_score(codes[40:], predicted)
    assert kept["validation_accuracy"] == pytest.approx(expected, abs=1e-12)
    assert abs(expected - (codes[40:] == predicted).mean()) > 0.01, "plain accuracy would pass, too"
