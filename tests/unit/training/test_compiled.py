"""Training of a compiled network, without generating machine code, which takes minutes on a CPU.

With machine code it is compared with the plain one in tests/gpu.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch

from selcn.training.classification import classification_task, logits_of
from selcn.training.fit import fit, loop_of
from selcn.training.progress import ProgressFile
from small_memory import Small
from toy_training import CPU, SETTINGS, Data, build, train

COMPILED = replace(SETTINGS, compile=True)
compile_network = torch.compile


@pytest.fixture
def asked(monkeypatch) -> list[dict]:
    """Run what torch captures of a network as it is; return the options it was asked to compile with, once for each."""
    options = []

    def capture(network, **given):
        def run(graph, inputs):
            captured.append(graph)
            return graph.forward

        captured = []
        options.append(given | {"captured": captured})
        return compile_network(network, backend=run)

    monkeypatch.setattr(torch, "compile", capture)
    torch.compiler.reset()
    yield options
    torch.compiler.reset()


def test_a_compiled_training_is_the_plain_one_and_goes_on_where_it_was_killed(tmp_path, asked):
    plain, history = train(Data(), tmp_path / "plain.pt")
    assert not asked
    with pytest.raises(KeyboardInterrupt):
        train(Data(20), tmp_path / "compiled.pt", COMPILED)
    assert ProgressFile(tmp_path / "compiled.pt").load().network.keys() == plain.state_dict().keys()
    compiled, compiled_history = train(Data(), tmp_path / "compiled.pt", COMPILED)
    assert [given["options"] for given in asked] == [{"fallback_random": True}] * 2
    assert all(given["captured"] for given in asked)
    np.testing.assert_allclose(compiled_history, history, rtol=1e-4)
    # Of logits, since the bias before a batch norm has no gradient but rounding, which Adam scales to whole steps.
    logits = [logits_of(network, Data().batch, torch.arange(60), 2, 20, CPU) for network in (plain, compiled)]
    np.testing.assert_allclose(logits[1], logits[0], rtol=1e-3, atol=1e-4)


def test_a_compiled_network_whose_batches_do_not_fit_is_trained_in_halves(tmp_path, asked, caplog):
    data, histories = Data(), []
    for settings in (SETTINGS, COMPILED):
        task = classification_task(data.batch, data.codes[:40], 2, True, CPU)
        network, progress = Small(forth=4, evaluated=5), tmp_path / str(settings.compile)
        histories.append(fit(network, task, torch.arange(40), torch.arange(40, 60), settings, progress, CPU))
    np.testing.assert_allclose(histories[1], histories[0], rtol=1e-4)
    assert sum("in halves" in message for message in caplog.messages) == 4


def test_weights_and_names_stay_those_of_the_network(asked):
    network = build()
    loop = loop_of(network, None, COMPILED, CPU)
    assert loop.network is network
    assert loop.called is not network
    assert list(network.state_dict()) == list(build().state_dict())
    assert loop_of(network, None, SETTINGS, CPU).called is network
