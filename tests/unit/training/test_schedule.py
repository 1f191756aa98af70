"""The learning rate over the steps of a training."""

from dataclasses import replace

import pytest
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

from drawn_training import TRAINING
from selcn.training.schedule import learning_rate

COSINE = replace(TRAINING, schedule="cosine", epochs=5)
STEPS = 20


def test_constant_is_the_settings_rate_at_every_step():
    assert {learning_rate(TRAINING, done / 7) for done in range(7 * TRAINING.epochs)} == {TRAINING.learning_rate}


def test_cosine_is_torchs_linear_rise_and_cosine_fall():
    total = STEPS * COSINE.epochs
    rise = total // 10
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=COSINE.learning_rate)
    # torch's linear rise must not begin at 0.
    first = LinearLR(optimizer, start_factor=1e-12, total_iters=rise)
    expected = SequentialLR(optimizer, [first, CosineAnnealingLR(optimizer, total - rise)], [rise])
    for step in range(total):
        found = learning_rate(COSINE, step / STEPS)
        assert found == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9, abs=1e-12)
        optimizer.step()
        expected.step()
    assert learning_rate(COSINE, COSINE.epochs) == pytest.approx(0, abs=1e-18)


def test_an_unknown_schedule_is_refused():
    with pytest.raises(ValueError, match="unknown schedule 'step'; expected constant or cosine"):
        learning_rate(replace(TRAINING, schedule="step"), 0)
