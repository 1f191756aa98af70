"""Grad-CAM++ against pytorch-grad-cam, hand-computed maps, and its own invariances."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pytorch_grad_cam import GradCAMPlusPlus
from torch import nn

from selcn.cams.grad_cam import cam_of, grad_cam_plus_plus


class SmallNetwork(nn.Module):
    """A convolutional classifier whose maps have the input's size; its logits are multiplied by `scale`."""

    def __init__(self, rectified: bool, scale: float, seed: int = 0) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        layers = [nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 6, 3, padding=1)]
        self.features = nn.Sequential(*layers, nn.ReLU() if rectified else nn.Identity())
        self.classifier = nn.Sequential(nn.Conv2d(6, 5, 3), nn.Tanh(), nn.Flatten(), nn.Linear(5 * 8 * 8, 4))
        self.scale = scale
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=0.3, generator=generator)

    def head(self, activations: torch.Tensor) -> torch.Tensor:
        return self.scale * self.classifier(activations)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(x))


def images(count=7, dtype=torch.float32):
    return torch.randn(count, 3, 10, 10, generator=torch.Generator().manual_seed(1), dtype=dtype)


def reference_cams(network, x):
    """Maps of pytorch-grad-cam, called outside its context manager, which swallows IndexError."""
    reference = GradCAMPlusPlus(network, [network.features[-1]])
    cams = reference(x, None)
    reference.activations_and_grads.release()
    assert cams.shape == (len(x), 10, 10)
    return cams


def literal_maps(activations, gradients, epsilon):
    """Eq. 19 of the paper unreduced, a pixel at a time, `epsilon` added to its denominator."""
    maps = []
    for image, slopes in zip(activations.double().numpy(), gradients.double().numpy(), strict=True):
        weights = []
        for channel, slope in zip(image, slopes, strict=True):
            weight = 0.0
            for g in slope.ravel():
                if g > 0:
                    weight += g * g**2 / (2 * g**2 + channel.sum() * g**3 + epsilon)
            weights.append(weight)
        raw = np.maximum(sum(w * channel for w, channel in zip(weights, image, strict=True)), 0)
        maps.append((raw - raw.min()) / (raw.max() - raw.min()))
    return np.array(maps)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("rectified", [True, False])
def test_maps_equal_pytorch_grad_cam_where_its_epsilon_is_negligible(rectified, dtype):
    network = SmallNetwork(rectified, scale=1e5).to(dtype).eval()
    x = images(dtype=dtype)
    cam, empty, logits = cam_of(network.head, network.features(x))
    assert cam.dtype == dtype
    assert not empty.any()
    torch.testing.assert_close(logits, network(x).detach())
    np.testing.assert_allclose(cam.numpy(), reference_cams(network, x), atol=1e-6)


def test_maps_of_small_gradients_follow_the_formula_and_those_of_pytorch_grad_cam_its_epsilon():
    network, x = SmallNetwork(rectified=True, scale=1e-3).eval(), images()
    activations = network.features(x).detach().requires_grad_()
    (gradients,) = torch.autograd.grad(network.head(activations).amax(dim=1).sum(), activations)
    activations = activations.detach()
    cam, _, _ = cam_of(network.head, activations)
    reference = reference_cams(network, x)
    np.testing.assert_allclose(cam, literal_maps(activations, gradients, epsilon=0), atol=2e-6)
    np.testing.assert_allclose(reference, literal_maps(activations, gradients, epsilon=1e-6), atol=1e-4)
    # Its 1e-6 outweighs the squared gradients, so that weights grow with the cube of the gradient.
    assert gradients.abs().max() < 2e-3
    assert np.abs(reference - cam.numpy()).max() > 0.1


def test_map_by_hand():
    activations = torch.tensor([[[[1.0, 0.0], [3.0, 4.0]], [[2.0, 2.0], [0.0, 0.0]], [[5.0, 5.0], [5.0, 0.0]]]])
    gradients = torch.tensor([[[[0.5, 0.0], [0.0, 1.0]], [[0.25, 0.0], [-7.0, 0.0]], [[-1.0, -2.0], [0.0, -3.0]]]])
    # S = 8, 4, 15. Weights: 0.5/(2+4) + 1/(2+8) = 11/60; 0.25/(2+1) = 1/12; 0, as no gradient is positive.
    raw = np.array([[11 / 60 + 2 / 12, 2 / 12], [33 / 60, 44 / 60]])
    cam, empty = grad_cam_plus_plus(activations, gradients)
    np.testing.assert_allclose(cam[0], (raw - raw.min()) / (raw.max() - raw.min()), rtol=1e-6)
    assert empty.tolist() == [False]


def test_negative_evidence_is_cut_before_stretching():
    activations = torch.tensor([[[[-9.0, -1.0], [2.0, 4.0]]]])
    cam, _ = grad_cam_plus_plus(activations, torch.full((1, 1, 2, 2), 0.01))
    np.testing.assert_allclose(cam[0], [[0, 0], [0.5, 1]], rtol=1e-6)


def test_a_vanishing_denominator_weighs_nothing():
    activations = torch.tensor([[[[-4.0, 0.0]], [[1.0, 3.0]]]])
    gradients = torch.tensor([[[[0.5, 0.0]], [[1.0, 0.0]]]])  # first channel: 2 + (-4)(0.5) = 0
    cam, empty = grad_cam_plus_plus(activations, gradients)
    np.testing.assert_array_equal(cam[0], [[0, 1]])
    assert not empty.any()


@settings(max_examples=40)
@given(seed=st.integers(0, 2**31), power=st.integers(-30, 30))
def test_maps_have_no_scale(seed, power):
    generator = torch.Generator().manual_seed(seed)
    activations = torch.randn(2, 4, 5, 5, generator=generator)
    gradients = 0.1 * torch.randn(2, 4, 5, 5, generator=generator)
    cam, empty = grad_cam_plus_plus(activations, gradients)
    scaled, scaled_empty = grad_cam_plus_plus(activations * 2.0**power, gradients / 2.0**power)
    assert torch.equal(cam, scaled)  # powers of two lose no bit
    assert torch.equal(empty, scaled_empty)
    assert cam.min() >= 0
    assert cam.max() <= 1


@settings(max_examples=25)
@given(seed=st.integers(0, 2**31), rectified=st.booleans())
def test_a_map_does_not_depend_on_the_rest_of_its_batch(seed, rectified):
    network = SmallNetwork(rectified, scale=1.0, seed=seed).double().eval()
    activations = network.features(images(4, torch.float64))
    together, _, _ = cam_of(network.head, activations)
    alone = torch.cat([cam_of(network.head, activations[[i]])[0] for i in range(4)])
    torch.testing.assert_close(together, alone, atol=1e-8, rtol=0)


def test_maps_that_show_nothing_are_empty_and_all_zero():
    generator = torch.Generator().manual_seed(0)
    varied = torch.rand(512, 13, 13, generator=generator)
    constant = torch.rand(512, 1, 1, generator=generator).expand(512, 13, 13)
    activations = torch.stack([varied, constant, -varied, varied])
    gradients = torch.rand(4, 512, 13, 13, generator=generator) / 1000
    gradients[0] = 0
    cam, empty = grad_cam_plus_plus(activations, gradients)
    assert empty.tolist() == [True, True, True, False]
    assert torch.equal(cam[:3], torch.zeros(3, 13, 13))
    assert cam[3].max() == 1
    assert cam[3].min() == 0


def test_a_map_that_varies_by_rounding_alone_is_empty():
    generator = torch.Generator().manual_seed(0)
    for spread, expected in ((2e-7, True), (1e-4, False)):
        activations = 1 + spread * torch.rand(1, 64, 9, 9, generator=generator)
        cam, empty = grad_cam_plus_plus(activations, torch.full((1, 64, 9, 9), 1e-3))
        assert empty.item() == expected
        assert cam.max() == (0 if expected else 1)


@pytest.mark.parametrize(("steps", "expected"), [(8, True), (9, False)])
def test_eight_steps_of_rounding_are_no_map(steps, expected):
    activations = torch.ones(1, 1, 4, 4)
    activations[0, 0, 0, 0] += steps * torch.finfo(torch.float32).eps
    # The gradient is so small that each weight is a power of two, and no further rounding comes in.
    cam, empty = grad_cam_plus_plus(activations, torch.full((1, 1, 4, 4), 2.0**-40))
    assert empty.item() == expected
    assert cam.max() == (not expected)


def test_target_is_the_predicted_class_unless_given():
    network = SmallNetwork(rectified=True, scale=1.0).eval()
    activations = network.features(images(4))
    by_default, _, logits = cam_of(network.head, activations)
    predicted = logits.argmax(1)
    assert torch.equal(by_default, cam_of(network.head, activations, predicted)[0])
    other, _, _ = cam_of(network.head, activations, (predicted + 1) % 4)
    assert not torch.allclose(by_default, other)


def test_parameters_and_activations_are_left_as_they_were():
    network = SmallNetwork(rectified=True, scale=1.0).eval()
    activations = network.features(images(2)).detach()
    before = activations.clone()
    cam, _, logits = cam_of(network.head, activations)
    assert all(parameter.grad is None for parameter in network.parameters())
    assert torch.equal(activations, before)
    assert not activations.requires_grad
    assert not cam.requires_grad
    assert not logits.requires_grad


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, lambda: torch.autocast("cpu", torch.bfloat16)])
def test_maps_are_the_same_in_every_mode(mode):
    network = SmallNetwork(rectified=True, scale=1.0).eval()
    with torch.no_grad():
        activations = network.features(images(3))
    expected, _, _ = cam_of(network.head, activations)
    with mode():
        cam, _, logits = cam_of(network.head, activations * 1.0)
    assert cam.dtype == logits.dtype == torch.float32
    torch.testing.assert_close(cam, expected)


def test_activations_in_half_precision_give_maps_in_float32():
    network = SmallNetwork(rectified=True, scale=1.0).eval()
    activations = network.features(images(3)).detach().half()
    cam, _, _ = cam_of(network.head, activations)
    assert cam.dtype == torch.float32
    assert torch.equal(cam, cam_of(network.head, activations.float())[0])


def test_what_is_not_finite_or_does_not_fit_is_refused():
    ones = torch.ones(1, 2, 3, 3)
    with pytest.raises(ValueError, match="not finite"):
        grad_cam_plus_plus(ones.clone().fill_(torch.nan), ones)
    with pytest.raises(ValueError, match="expected the same"):
        grad_cam_plus_plus(ones, ones[:, :1])


def test_images_whose_logits_are_no_numbers_have_empty_maps_and_the_others_their_own():
    torch.manual_seed(0)
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
    activations = torch.rand(3, 4, 5, 5)
    expected, _, _ = cam_of(head, activations)
    broken = activations.clone()
    broken[1] = torch.nan
    cam, empty, logits = cam_of(head, broken)
    assert empty.tolist() == [False, True, False]
    assert not cam[1].any()
    assert torch.equal(cam[[0, 2]], expected[[0, 2]])
    assert logits[1].isnan().all()
