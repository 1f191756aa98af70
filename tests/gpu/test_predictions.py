"""Predictions of trained networks on a GPU."""

import numpy as np
import torch
from torch import nn

from selcn.training.classification import logits_of


def test_one_network_predicts_with_the_weights_of_one_fold_after_the_other(device):
    network, generator = nn.Sequential(nn.Flatten(), nn.Linear(12, 2), nn.BatchNorm1d(2)), torch.Generator()
    images = torch.randn(6, 3, 2, 2, generator=generator.manual_seed(1)).to(device)
    folds = [{name: torch.rand_like(x.float()) for name, x in network.state_dict().items()} for _ in range(2)]
    found = []
    for weights in folds:
        network.load_state_dict(weights)
        found.append(logits_of(network, lambda rows, _: ((images[rows],), None), torch.arange(6), 2, 4, device))
    assert np.isfinite(found).all()
    assert not np.allclose(*found)
