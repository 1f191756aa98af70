"""The precision of trainings and of everything else; autocast on the CPU stands in for a GPU's."""

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import nn

from drawn_training import LABELS, TRAINING, draw
from drawn_training import network as lesion_network
from selcn.jobs import environment_record
from selcn.networks.segmentation import SegmentationSettings, build_segmentation_network
from selcn.networks.settings import InputSettings
from selcn.networks.symmetry import SymmetryNetwork
from selcn.training import fit as loop_module
from selcn.training import precision
from selcn.training.classification import classification_task, logits_of
from selcn.training.fit import forward, loop_of, train_epoch, validate
from selcn.training.precision import prepare_torch, training_dtype
from toy_training import CPU, SETTINGS, Data, train

CUDA = torch.device("cuda")
HALF = [torch.bfloat16, torch.float16]


@pytest.fixture(autouse=True)
def _torch_as_before(monkeypatch):
    """Undo what trainings set for their process."""
    mode, benchmark, tf32 = (
        torch.get_deterministic_debug_mode(),
        torch.backends.cudnn.benchmark,
        torch.backends.cudnn.allow_tf32,
    )
    monkeypatch.setattr(environment_record, "_noted", {})
    yield
    torch.set_deterministic_debug_mode(mode)
    torch.backends.cudnn.benchmark, torch.backends.cudnn.allow_tf32 = benchmark, tf32


@pytest.mark.parametrize(
    ("native", "key", "dtype"),
    [
        (True, "float32", torch.bfloat16),
        (True, "float16", torch.bfloat16),
        (False, "float32", torch.float32),
        (False, "float16", torch.float16),
    ],
)
def test_bfloat16_is_taken_only_where_the_gpu_computes_in_it(monkeypatch, caplog, native, key, dtype):
    caplog.set_level("INFO")
    # torch emulates it on a T4, and says True unless it is asked not to count that.
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation or native)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Tesla T4")
    assert training_dtype(replace(TRAINING, without_bfloat16=key), CUDA) == dtype
    word = str(dtype).removeprefix("torch.")
    if dtype == torch.float32:
        assert caplog.messages == ["training on Tesla T4 in float32"]
        assert environment_record.environment()["precision"] == "float32"
    else:
        assert caplog.messages == [f"training on Tesla T4: features in {word}, head and loss in float32"]
        assert environment_record.environment()["precision"] == f"{word} features in training, otherwise float32"


def test_a_cpu_trains_in_float32_and_the_log_says_so(caplog):
    caplog.set_level("INFO")
    assert training_dtype(replace(TRAINING, without_bfloat16="float16"), CPU) == torch.float32
    assert caplog.messages == ["training on the CPU in float32"]


def types_of(network: nn.Module, inputs: tuple, dtype: torch.dtype) -> dict[str, torch.dtype]:
    """Return the type of what each layer with weights gives, by name, in one forward pass."""
    found: dict[str, torch.dtype] = {}
    hooks = [
        module.register_forward_hook(lambda _, __, output, name=name: found.update({name: output.dtype}))
        for name, module in network.named_modules()
        if isinstance(module, nn.Conv2d | nn.Linear | nn.AdaptiveAvgPool2d)
    ]
    assert forward(network, inputs, dtype).dtype == torch.float32
    for hook in hooks:
        hook.remove()
    return found


def small_networks() -> dict[str, tuple[nn.Module, tuple, tuple[str, ...]]]:
    """Return networks, inputs of them, and how the names of the layers after their feature extractors begin."""
    images, cams = torch.rand(4, 3, 32, 32), torch.rand(4, 5, 5)
    lesion = lesion_network()
    symmetry = SymmetryNetwork(nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()), 8, 0.5)
    return {
        "lesion": (lesion, (images, cams), ("head.",)),
        "head": (lesion.head, (torch.rand(4, 32, 8, 8), cams), ("",)),
        "symmetry": (symmetry, (images,), ("classifier.",)),
    }


def assert_features_alone(found: dict[str, torch.dtype], heads: tuple[str, ...], dtype: torch.dtype) -> None:
    """Check that all layers up to the features are of the type, and those of the head of float32."""
    after = {name: kind for name, kind in found.items() if name.startswith(heads)}
    assert set(after.values()) == {torch.float32}
    assert {kind for name, kind in found.items() if name not in after} <= {dtype}


@pytest.mark.parametrize("dtype", HALF)
@pytest.mark.parametrize("name", ["lesion", "head", "symmetry"])
def test_pooling_e_layer_and_classifier_are_trained_in_float32(name, dtype):
    network, inputs, heads = small_networks()[name]
    assert_features_alone(types_of(network, inputs, dtype), heads, dtype)


@pytest.mark.parametrize("architecture", ["deeplabv3plus", "unet"])
def test_a_segmentation_network_makes_its_logits_in_float32(architecture):
    settings = SegmentationSettings("resnet18", InputSettings(64), TRAINING, 0.05)
    network = build_segmentation_network(architecture, settings, None)
    found = types_of(network, (torch.rand(2, 3, 64, 64),), torch.bfloat16)
    assert found["segmentation_head.0"] == torch.float32
    # Pooling keeps the type of what it is given.
    assert {found[name] for name in found if name != "segmentation_head.0"} == {torch.bfloat16}


def test_the_head_of_dpt_is_in_float32_too():
    settings = SegmentationSettings("tu-vit_tiny_patch16_224", InputSettings(64), TRAINING, 0.05)
    head = build_segmentation_network("dpt", settings, None).segmentation_head
    with torch.autocast("cpu", torch.bfloat16):
        assert head.eval()(torch.rand(1, 256, 4, 4, dtype=torch.bfloat16)).dtype == torch.float32


def test_logits_do_not_tie_in_a_training_in_bfloat16():
    torch.manual_seed(0)
    network = SymmetryNetwork(nn.Conv2d(3, 16, 1), 16, 0.0)
    nn.init.constant_(network.classifier[1].bias, 20.0)
    images = torch.rand(2003, 3, 4, 4)
    logits = forward(network, (images,), torch.bfloat16)
    # Two logits near 20 lie within bfloat16's step of 0.125 there.
    assert (logits[:, 0] - logits[:, 1]).abs().max() < 1
    assert (logits.bfloat16()[:, 0] == logits.bfloat16()[:, 1]).sum() > 100
    assert (logits[:, 0] == logits[:, 1]).sum() == 0
    torch.testing.assert_close(logits, network(images), rtol=0, atol=0.01)


class Watched(nn.Module):
    """A network that notes whether it was called in training, and in which type autocast computed its features."""

    def __init__(self) -> None:
        super().__init__()
        self.network, self.seen = lesion_network(), set()

    def forward(self, images, cams):
        features = self.network.encoder.forward_features(images)
        self.seen.add((self.training, self.network.encoder.layers[0](images).dtype))
        return self.network.head(features, cams)


@pytest.mark.parametrize("dtype", HALF)
def test_only_training_is_in_reduced_precision(monkeypatch, dtype):
    monkeypatch.setattr(loop_module, "training_dtype", lambda settings, device: dtype)
    drawn = draw()
    inputs = drawn.inputs(CPU)
    loop = loop_of(network := Watched(), drawn.task(inputs), TRAINING, CPU)
    train_epoch(loop, inputs.samples.numbers("train"), 1)
    validate(loop, inputs.samples.numbers("validation"))
    logits_of(network, loop.task.batch, inputs.samples.numbers("validation"), len(LABELS), 32, CPU)
    assert network.seen == {(True, dtype), (False, torch.float32)}


def half_training(tmp_path: Path, monkeypatch, dtype: torch.dtype):
    monkeypatch.setattr(loop_module, "training_dtype", lambda settings, device: dtype)
    return train(Data(), tmp_path / f"{dtype}.pt")[1]


@pytest.mark.parametrize("dtype", HALF)
def test_a_training_in_reduced_precision_learns_as_one_in_float32(tmp_path, monkeypatch, dtype):
    expected = half_training(tmp_path, monkeypatch, torch.float32)
    found = half_training(tmp_path, monkeypatch, dtype)
    assert not found.equals(expected)
    # Rounding differs between processors, and validation by running statistics magnifies it from epoch to epoch.
    differences = (found - expected)[["train_loss", "validation_loss"]].abs().max()
    assert differences["train_loss"] < 0.01
    assert differences["validation_loss"] < 0.06


def test_small_gradients_survive_float16(monkeypatch):
    """A loss of 1e-6 times the mean has gradients below float16's smallest number, 6e-8, without a scaler."""
    gradients = {}
    for dtype in (torch.float32, torch.float16):
        monkeypatch.setattr(loop_module, "training_dtype", lambda settings, device, dtype=dtype: dtype)
        drawn = draw()
        inputs = drawn.inputs(CPU, augmentation="none")
        task = drawn.task(inputs)
        small = replace(task, loss=lambda output, target, loss=task.loss: 1e-6 * loss(output, target))
        loop = loop_of(lesion_network(0.0), small, TRAINING, CPU)
        train_epoch(loop, inputs.samples.numbers("train")[:16], 1)
        gradients[dtype] = loop.network.encoder.layers[0].weight.grad
    assert gradients[torch.float32].abs().max() < 1e-6
    difference = gradients[torch.float16] - gradients[torch.float32]
    assert difference.norm() < 0.1 * gradients[torch.float32].norm()


def test_gradients_that_overflow_in_float16_change_no_weight(monkeypatch):
    monkeypatch.setattr(loop_module, "training_dtype", lambda settings, device: torch.float16)
    drawn = draw()
    inputs = drawn.inputs(CPU)
    task = drawn.task(inputs)
    steep = replace(task, loss=lambda output, target: 1e30 * task.loss(output, target))
    loop = loop_of(lesion_network(), steep, TRAINING, CPU)
    before = [weight.detach().clone() for weight in loop.network.parameters()]
    train_epoch(loop, inputs.samples.numbers("train")[:32], 1)
    assert all(map(torch.equal, before, loop.network.parameters()))


def test_a_batch_that_overflows_in_float16_is_left_out_of_the_epoch_s_mean(monkeypatch):
    monkeypatch.setattr(loop_module, "training_dtype", lambda settings, device: torch.float16)
    data = Data()
    data.images[5] = torch.inf
    network = nn.Sequential(nn.Flatten(), nn.Linear(72, 2))
    task = classification_task(data.batch, data.codes[:40], 2, weighted=False, device=CPU)
    loss, _ = train_epoch(loop_of(network, task, SETTINGS, CPU), torch.arange(40), 1)
    assert 0 < loss < 5
    assert all(weight.isfinite().all() for weight in network.parameters())


@pytest.mark.parametrize("killed_at", [9, 24])
def test_a_killed_training_in_float16_ends_as_if_never_stopped(tmp_path, monkeypatch, killed_at):
    monkeypatch.setattr(loop_module, "training_dtype", lambda settings, device: torch.float16)
    # So high a scale overflows in the first batches, which are left out until it is halved often enough.
    monkeypatch.setattr(torch.amp, "GradScaler", partial(torch.amp.GradScaler, init_scale=2.0**20))
    whole, history = train(Data(), tmp_path / "whole.pt")
    with pytest.raises(KeyboardInterrupt):
        train(Data(killed_at), tmp_path / "killed.pt")
    resumed, resumed_history = train(Data(), tmp_path / "killed.pt")
    assert history.equals(resumed_history)
    assert all(map(torch.equal, whole.state_dict().values(), resumed.state_dict().values()))


@pytest.fixture
def emulated_gpu(monkeypatch) -> list[str]:
    """Return what is asked of a GPU that is not there, whose torch is set as by default."""
    asked = []
    monkeypatch.setattr(precision, "pick_device", lambda: CUDA)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: asked.append("empty_cache"))
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    torch.set_deterministic_debug_mode("default")
    torch.backends.cudnn.benchmark = torch.backends.cudnn.allow_tf32 = True
    return asked


def test_a_gpu_is_deterministic_with_the_key(emulated_gpu):
    prepare_torch(1, deterministic=True)
    assert torch.are_deterministic_algorithms_enabled()
    assert not torch.is_deterministic_algorithms_warn_only_enabled()
    assert os.environ.pop("CUBLAS_WORKSPACE_CONFIG") == ":4096:8"
    assert not torch.backends.cudnn.benchmark
    assert not torch.backends.cudnn.allow_tf32


def test_a_gpu_is_not_without_and_never_computes_in_tf32(emulated_gpu):
    prepare_torch(1, deterministic=False)
    assert not torch.are_deterministic_algorithms_enabled()
    assert "CUBLAS_WORKSPACE_CONFIG" not in os.environ
    assert torch.backends.cudnn.benchmark
    assert not torch.backends.cudnn.allow_tf32


def test_memory_of_the_former_training_is_returned_to_the_gpu(emulated_gpu):
    prepare_torch(1, deterministic=False)
    assert emulated_gpu == ["empty_cache"]


def test_a_cpu_is_always_deterministic():
    torch.set_deterministic_debug_mode("default")
    prepare_torch(1, deterministic=False)
    assert torch.are_deterministic_algorithms_enabled()


def test_nothing_but_the_training_loop_reduces_precision():
    library = Path(loop_module.__file__).parents[1]
    calls = {
        path.relative_to(library).as_posix(): lines
        for path in library.rglob("*.py")
        if (lines := [line for line in path.read_text().splitlines() if "autocast(" in line])
    }
    assert len(calls.pop("training/fit.py")) == 1
    assert all("enabled=False" in line for lines in calls.values() for line in lines)
