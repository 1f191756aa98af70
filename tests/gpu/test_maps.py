"""Grad-CAM++ on a GPU is the CPU's."""

import copy

import pytest
import torch

from selcn.cams.grad_cam import cam_of

pytest.importorskip("torchvision")

from selcn.networks.settings import InputSettings, TrainingSettings
from selcn.networks.symmetry import SymmetrySettings, build_symmetry_network

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def symmetry_network():
    torch.manual_seed(3)
    settings = SymmetrySettings("squeezenet1_0", InputSettings(96), TrainingSettings(8, 1e-3, 0.0), 0.5)
    return build_symmetry_network(settings, None).eval()


@pytest.fixture
def single_precision():
    """Multiply in full single precision: a GPU would otherwise round what convolutions multiply to 10 bits."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    yield
    torch.backends.cudnn.allow_tf32 = before


@pytest.mark.usefixtures("single_precision")
def test_maps_are_the_cpu_s(device, symmetry_network):
    images = torch.randn(6, 3, 96, 96, generator=torch.Generator().manual_seed(4))
    maps = {}
    for where in (CPU, device):
        network = copy.deepcopy(symmetry_network).to(where, memory_format=torch.channels_last)
        with torch.no_grad():
            activations = network.features(images.to(where, memory_format=torch.channels_last))
        maps[where] = [tensor.cpu() for tensor in cam_of(network.classifier, activations)]
    (cam, empty, logits), (expected, expected_empty, expected_logits) = maps[device], maps[CPU]
    assert torch.equal(empty, expected_empty)
    assert not empty.all()
    torch.testing.assert_close(logits, expected_logits, rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(cam, expected, rtol=0, atol=2e-3)


def test_maps_of_the_same_activations_are_the_cpu_s(device, symmetry_network):
    activations = torch.rand(6, 512, 5, 5, generator=torch.Generator().manual_seed(4))
    network = copy.deepcopy(symmetry_network)
    expected, *_ = cam_of(network.classifier, activations)
    found, *_ = cam_of(network.to(device).classifier, activations.to(device))
    torch.testing.assert_close(found.cpu(), expected, rtol=0, atol=2e-2)
