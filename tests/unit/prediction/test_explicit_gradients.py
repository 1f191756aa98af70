"""Grad-CAM++ without autograd against autograd's, and against pytorch-grad-cam."""

import numpy as np
import pytest
import torch
from pytorch_grad_cam import GradCAMPlusPlus
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn

from selcn.cams.grad_cam import cam_of
from selcn.networks.lesion import LesionHead, LesionSettings
from selcn.networks.settings import InputSettings, TrainingSettings
from selcn.networks.symmetry import SymmetryNetwork
from selcn.prediction.onnx.gradients import explicit_cam, head_gradients, symmetry_gradients

CHANNELS, GRID, CLASSES, BATCH = 24, 5, 7, 6
TRAINING = TrainingSettings(batch_size=4, learning_rate=1e-3, weight_decay=0.0)
# Weights so large that denominators all but vanish would show the rounding of single precision alone.
PRECISIONS = [(torch.float32, 0.1), (torch.float64, 0.5)]


def as_trained(network: nn.Module, seed: int, scale: float) -> nn.Module:
    """Return a network in evaluation mode with weights and batch norms' statistics as training might leave them."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in network.state_dict().items():
        if name.endswith("running_var"):
            tensor.uniform_(0.05, 3, generator=generator)
        elif tensor.is_floating_point():
            tensor.normal_(0, scale, generator=generator)
    return network.eval()


def head_of(form: str, with_cam: bool, seed: int, scale: float) -> LesionHead:
    settings = LesionSettings("any", True, InputSettings(32), TRAINING, dropout=0.4, head=form)
    return as_trained(LesionHead(CHANNELS, GRID, CLASSES, settings, with_cam), seed, scale)


def features_of(dtype: torch.dtype, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(100 + seed)
    return torch.randn(BATCH, CHANNELS, GRID, GRID, generator=generator, dtype=dtype)


def explained(head: LesionHead, features: torch.Tensor, cam: torch.Tensor | None, target: torch.Tensor | None = None):
    """Return the CAMs, emptiness and logits of a head, without autograd."""
    with torch.inference_mode():
        fused = features if head.e_layer is None else head.e_layer(features, cam)
        logits = head.classifier(fused)
        target = logits.argmax(1) if target is None else target
        return *explicit_cam(features, head_gradients(head, fused, target), logits), logits


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("dtype", "scale"), PRECISIONS)
@pytest.mark.parametrize("with_cam", [False, True])
@pytest.mark.parametrize("form", ["average", "flatten"])
def test_a_head_s_maps_equal_autograd_s(form, with_cam, dtype, scale, seed):
    head, features = head_of(form, with_cam, seed, scale).to(dtype), features_of(dtype, seed)
    cam = torch.rand(BATCH, 9, 9, generator=torch.Generator().manual_seed(seed), dtype=dtype) if with_cam else None
    inputs = () if cam is None else (cam,)
    for target in (None, torch.arange(BATCH) % CLASSES):
        expected, expected_empty, expected_logits = cam_of(lambda x: head(x, *inputs), features, target)
        found, empty, logits = explained(head, features, cam, target)
        torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)
        assert torch.equal(empty, expected_empty)
        torch.testing.assert_close(logits, expected_logits)
        assert found.dtype == dtype


def test_a_new_head_s_maps_equal_autograd_s():
    torch.manual_seed(0)
    settings = LesionSettings("any", True, InputSettings(32), TRAINING, dropout=0.4)
    head = LesionHead(CHANNELS, GRID, CLASSES, settings, with_cam=True).eval()
    features, cam = features_of(torch.float32, 0).relu(), torch.zeros(BATCH, 3, 3)
    expected, _, _ = cam_of(lambda x: head(x, cam), features)
    torch.testing.assert_close(explained(head, features, cam)[0], expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("dtype", "scale"), PRECISIONS)
def test_a_symmetry_network_s_maps_equal_autograd_s(dtype, scale, seed):
    network = as_trained(SymmetryNetwork(nn.Identity(), CHANNELS, dropout=0.5), seed, scale).to(dtype)
    features = features_of(dtype, seed)
    expected, expected_empty, expected_logits = cam_of(network.classifier, features)
    with torch.inference_mode():
        logits = network(features)
        gradients = symmetry_gradients(network, features, logits.argmax(1))
        found, empty = explicit_cam(features, gradients, logits)
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)
    assert torch.equal(empty, expected_empty)
    torch.testing.assert_close(logits, expected_logits)


class WithCam(nn.Module):
    """A head whose CAM is fixed, as pytorch-grad-cam calls networks with one input."""

    def __init__(self, head: LesionHead, cam: torch.Tensor) -> None:
        super().__init__()
        self.before, self.head, self.cam = nn.Identity(), head, cam

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.head(self.before(features), self.cam)


@pytest.mark.parametrize("form", ["average", "flatten"])
def test_maps_through_an_e_layer_equal_pytorch_grad_cam_s(form):
    # The large weights make the 1e-6 in its denominator negligible.
    head = head_of(form, True, 0, scale=50).double()
    features = features_of(torch.float64, 3)
    cam = torch.rand(BATCH, 9, 9, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    network = WithCam(head, cam)
    reference = GradCAMPlusPlus(network, [network.before])
    expected = reference(features.clone().requires_grad_(), [ClassifierOutputTarget(2)] * BATCH)
    reference.activations_and_grads.release()
    found, empty, _ = explained(head, features, cam, torch.full((BATCH,), 2))
    assert not empty.any()
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-6)


def test_maps_that_show_nothing_but_rounding_are_empty():
    features = torch.rand(4, 512, 9, 9, generator=torch.Generator().manual_seed(0))
    features[1] = 1 + 2e-7 * features[1]
    gradients, logits = torch.full((4, 512, 9, 9), 1e-3), torch.zeros(4, 2)
    gradients[2] = 0
    logits[3] = torch.nan
    cam, empty = explicit_cam(features, gradients, logits)
    assert empty.tolist() == [False, True, True, True]
    assert cam[0].max() == 1
    assert not cam[1:].any()
