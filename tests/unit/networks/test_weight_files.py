"""Files of weights that people have: compared with the networks that start from them, where they are taken in."""

import re

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file
from torch import Tensor

from jobs import run_script
from selcn.networks.backbones import build_backbone
from selcn.networks.starting_weights import FEATURES, WHOLE, starting_weights
from selcn.networks.weights import WeightsError, build, provide_weights, read_state
from selcn.workflow.inputs.images import ImageInputs
from selcn.workflow.inputs.networks import NetworkInputs
from selcn.workflow.study import Study
from studies import PROJECT

NAME = "test_efficientnet"


@pytest.fixture(scope="module")
def state() -> dict[str, Tensor]:
    torch.manual_seed(3)
    return build(NAME, pretrained=False).state_dict()


@pytest.fixture(scope="module")
def starting() -> list[dict[str, Tensor]]:
    return [starting_weights(WHOLE, NAME)]


def prefixed(prefix: str, state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}{key}": value for key, value in state.items()}


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda state: state,
        lambda state: prefixed("module.", state),
        lambda state: prefixed("model.", state),
        lambda state: prefixed("module.encoder.", state),
        lambda state: {"state_dict": state, "epoch": 3, "optimizer": {"lr": 0.1}},
        lambda state: {"model": prefixed("module.", state), "args": {}},
        lambda state: {key: value for key, value in state.items() if not key.startswith("classifier")},
        lambda state: state | {"classifier.weight": torch.zeros(7, 5), "classifier.bias": torch.zeros(7)},
        lambda state: {key: value for key, value in state.items() if not key.endswith("num_batches_tracked")},
    ],
    ids=["bare", "module", "model", "two", "checkpoint", "both", "no classifier", "other classifier", "no counters"],
)
def test_a_file_of_the_network_is_taken_and_trains(tmp_path, state, starting, wrapped):
    torch.save(wrapped(state), tmp_path / "given.pt")
    out = tmp_path / f"{NAME}.safetensors"
    provide_weights(NAME, str(tmp_path / "given.pt"), out, 0, starting)
    network = build_backbone(NAME, out)
    assert torch.equal(network.model.conv_stem.weight, state["conv_stem.weight"])
    # As many names as the file gave, none of them with a prefix.
    assert set(load_file(out)) <= set(state)


def test_a_checkpoint_with_a_tensor_in_place_of_weights_is_refused(tmp_path):
    torch.save({"weights": torch.tensor([1.0, 2.0]), "epoch": 3}, tmp_path / "given.pt")
    with pytest.raises(WeightsError, match="does not contain named weights only"):
        read_state(tmp_path / "given.pt")


def test_a_prefix_that_is_the_network_s_own_stays(tmp_path):
    """SqueezeNet without its classifier has `features.` before every name."""
    state = build("squeezenet1_0", pretrained=False).features.state_dict()
    torch.save(prefixed("features.", state), tmp_path / "given.pt")
    out = tmp_path / "squeezenet1_0.safetensors"
    provide_weights("squeezenet1_0", str(tmp_path / "given.pt"), out, 0, [starting_weights(WHOLE, "squeezenet1_0")])
    assert set(load_file(out)) == {f"features.{key}" for key in state}


def test_weights_of_another_network_are_refused_where_they_are_taken_in(tmp_path, starting):
    given = tmp_path / "mine.safetensors"
    save_file(build("resnet18", pretrained=False).state_dict(), given)
    out = tmp_path / f"{NAME}.safetensors"
    with pytest.raises(WeightsError) as error:
        provide_weights(NAME, str(given), out, 0, starting)
    message = str(error.value)
    assert message.startswith(f"{given}: not the weights of {NAME}; ")
    assert "are missing or of another shape, such as conv_stem.weight, " in message
    instead = re.search(r"; it has (.*) instead; ", message)[1].split(", ")
    assert len(set(instead)) == 3
    assert set(instead) <= set(load_file(given))
    assert message.endswith(f"name a file of {NAME} in `weights` of the configuration, or hub")
    assert not out.exists()


def test_a_weight_of_another_shape_is_named_with_both(tmp_path, state, starting):
    torch.save(state | {"conv_stem.weight": torch.zeros(8, 1, 3, 3)}, tmp_path / "given.pt")
    own = list(state["conv_stem.weight"].shape)
    with pytest.raises(WeightsError) as error:
        provide_weights(NAME, str(tmp_path / "given.pt"), tmp_path / "out.safetensors", 0, starting)
    assert f"; 1 of {len(starting[0])} are missing" in str(error.value)
    assert f"such as conv_stem.weight ([8, 1, 3, 3], expected {own}); name a file" in str(error.value)


@pytest.mark.parametrize(
    ("part", "name", "network"),
    [(FEATURES, NAME, NAME), ("unet", "resnet18", "resnet18"), ("deeplabv3plus", "tu-test_resnet", "test_resnet")],
)
def test_every_part_of_a_network_is_found_in_the_whole_one_s_file(tmp_path, part, name, network):
    torch.save(prefixed("module.", build(network, pretrained=False).state_dict()), tmp_path / "given.pt")
    provide_weights(
        network, str(tmp_path / "given.pt"), tmp_path / "out.safetensors", 0, [starting_weights(part, name)]
    )
    assert "module" not in {key.split(".")[0] for key in load_file(tmp_path / "out.safetensors")}


@pytest.mark.parametrize("frozen", [True, False])
def test_a_file_is_compared_with_the_networks_that_start_from_it(frozen):
    config = yaml.safe_load((PROJECT / "config.yaml").read_text())
    config["lesion"]["freeze_encoder"] = frozen
    for name in config["weights"]:
        config["weights"][name] = "hub" if name == "squeezenet1_0" else f"{name}.pt"
    inputs = NetworkInputs(ImageInputs(Study.from_config(config), PROJECT))

    def starting_from(name):
        return inputs.starting_from(type("Wildcards", (), {"weights": name}))

    assert starting_from("squeezenet1_0") == []
    assert starting_from("efficientnet_b4") == [["features" if frozen else "whole", "efficientnet_b4"]]
    assert starting_from("resnet34") == [["whole", "resnet34"], ["deeplabv3plus", "resnet34"], ["unet", "resnet34"]]


def test_the_script_refuses_another_network_s_file(tmp_path):
    given, out = tmp_path / "given.safetensors", tmp_path / f"{NAME}.safetensors"
    save_file(build("resnet18", pretrained=False).state_dict(), given)
    params = {"source": str(given), "seed": 1, "starting": [[WHOLE, NAME]]}
    with pytest.raises(WeightsError, match=f"not the weights of {NAME}"):
        run_script("fetch_weights", tmp_path, {"file": str(given)}, {"weights": str(out)}, params, {"weights": NAME})
    assert not out.exists()
