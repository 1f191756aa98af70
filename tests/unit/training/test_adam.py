"""Adam without the import of torch's compiler: weights bit-identical to torch's, plain and fused."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from selcn.training import adam
from selcn.training.adam import Adam, unwrapped
from selcn.training.classification import logits_of
from selcn.training.fit import adam_of
from toy_training import CPU, SETTINGS, Data, build, train

PROJECT = Path(__file__).parents[3]
# A training that is saved, loaded and goes on, and afterwards what was loaded of torch's compiler.
TRAINING = """
import sys
from pathlib import Path
from toy_training import Data, train, with_epochs
for epochs in (1, 2):
    train(Data(), Path(sys.argv[1]) / "progress.pt", with_epochs(epochs))
heavy = ("torch._dynamo", "torch._inductor", "sympy", "triton", "sklearn", "scipy", "matplotlib")
print([name for name in heavy if name in sys.modules])
"""


def steps(kind: type, saved: bool, **options):
    """Weights and state after some steps of one kind of Adam; saved and loaded into another on the way, or not."""
    data, network = Data(), build()
    optimizer = kind(network.parameters(), lr=0.01, betas=(0.8, 0.999), weight_decay=1e-3, **options)
    for step in range(6):
        optimizer.zero_grad(set_to_none=True)
        (images,), codes = data.batch(torch.arange(step * 6, step * 6 + 6), None)
        torch.nn.functional.cross_entropy(network.eval()(images), codes).backward()
        optimizer.step()
        if saved and step == 3:
            state = optimizer.state_dict()
            optimizer = kind(network.parameters(), lr=1.0)
            optimizer.load_state_dict(state)
    state = [value for each in optimizer.state_dict()["state"].values() for value in each.values()]
    return [*network.state_dict().values(), *state]


@pytest.mark.parametrize("options", [{}, {"foreach": True}, {"fused": True}])
@pytest.mark.parametrize("saved", [False, True])
def test_it_is_torch_s_adam_to_the_bit(saved, options):
    ours, theirs = steps(Adam, saved, **options), steps(torch.optim.Adam, False, **options)
    assert len(ours) == len(theirs)
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_a_training_loads_nothing_of_torch_s_compiler(tmp_path):
    places = {"PYTHONPATH": f"{PROJECT / 'workflow_scripts'}:{PROJECT / 'tests'}", "SELCN_ALLOW_CPU": "1"}
    command = [sys.executable, "-c", TRAINING, str(tmp_path)]
    result = subprocess.run(command, env=places, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "[]"


def test_a_method_without_torch_s_wrappers_is_left_as_it_is(monkeypatch):
    assert unwrapped(steps) is steps
    assert unwrapped(torch.optim.Adam.state_dict) is torch.optim.Adam.state_dict.__wrapped__
    monkeypatch.setattr(adam, "WRAPPERS", ("of another version",))
    assert unwrapped(torch.optim.Adam.state_dict) is torch.optim.Adam.state_dict


def test_steps_leave_no_graph_and_call_hooks():
    network, called = build(), []
    optimizer = Adam(network.parameters())
    optimizer.register_step_post_hook(lambda *_: called.append(torch.is_grad_enabled()))
    network.eval()(Data().images).sum().backward()
    optimizer.step()
    assert called == [True]
    assert all(weight.is_leaf and weight.requires_grad for weight in network.parameters())


def test_frozen_weights_are_left_out():
    network = build()
    network[0].requires_grad_(False)
    (group,) = adam_of(network, SETTINGS).param_groups
    assert len(group["params"]) == len(list(network.parameters())) - 2


def test_a_fused_training_is_the_plain_one_within_rounding(tmp_path):
    plain, history = train(Data(), tmp_path / "plain.pt")
    fused, fused_history = train(Data(), tmp_path / "fused.pt", replace(SETTINGS, fused_adam=True))
    # Of logits, since the bias before a batch norm has no gradient but rounding, which Adam scales to whole steps.
    logits = [logits_of(network, Data().batch, torch.arange(60), 2, 20, CPU) for network in (plain, fused)]
    np.testing.assert_allclose(logits[1], logits[0], rtol=1e-4, atol=1e-5)
    assert abs(fused_history - history).to_numpy().max() < 1e-4
    assert adam_of(plain, replace(SETTINGS, fused_adam=True)).param_groups[0]["fused"]


def test_a_fused_training_that_was_killed_ends_as_if_never_stopped(tmp_path):
    settings = replace(SETTINGS, fused_adam=True)
    whole, history = train(Data(), tmp_path / "whole.pt", settings)
    with pytest.raises(KeyboardInterrupt):
        train(Data(23), tmp_path / "killed.pt", settings)
    resumed, resumed_history = train(Data(), tmp_path / "killed.pt", settings)
    assert history.equals(resumed_history)
    assert all(map(torch.equal, whole.state_dict().values(), resumed.state_dict().values()))
