"""The cascade's graphs, before they are exported, against the library's networks."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from random_bundle import SIZE, write_random_bundle
from selcn.design.cells import CELLS
from selcn.design.trained_networks import ALL_FOLDS
from selcn.networks.settings import InputSettings
from selcn.prediction.cascade import Cascade
from selcn.prediction.onnx.graphs import (
    LesionGraph,
    NetworkInput,
    SegmentationGraph,
    SymmetryGraph,
    raw_images,
    resampling_weights,
)
from selcn.prediction.stages import Segmentation
from selcn.training.images import CPU, Pixels

ROWS = torch.arange(4)


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.randint(256, (4, SIZE, SIZE, 3), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)


def masks_of(images: torch.Tensor) -> torch.Tensor:
    """Return discs of several sizes, one of them empty."""
    place = torch.arange(SIZE) - SIZE / 2
    distance = (place[:, None] ** 2 + place**2).sqrt()
    return torch.stack([(distance < radius).to(torch.uint8) for radius in (0, 5, 20, 60)])


@pytest.mark.parametrize("size", [SIZE // 2, 37, SIZE, 100])
def test_network_input_equals_that_of_training(images, size):
    settings = InputSettings(size, (0.4, 0.5, 0.6), (0.2, 0.3, 0.4))
    pixels = Pixels(images, masks_of(images), settings, CPU)
    raw = pixels.raw(ROWS, torch.zeros_like(ROWS))
    torch.testing.assert_close(NetworkInput(settings, SIZE)(raw), pixels.network_input(raw), atol=1e-5, rtol=0)


def test_resampling_weights_shrink_with_antialiasing():
    # A pixel of half the size is the mean over a triangle four pixels wide: 1, 3, 3, 1 eighths.
    np.testing.assert_allclose(resampling_weights(8, 4)[1], np.array([0, 1, 3, 3, 1, 0, 0, 0]) / 8, atol=1e-7)
    # At the border it is cut off.
    np.testing.assert_allclose(resampling_weights(8, 4)[0], np.array([3, 3, 1, 0, 0, 0, 0, 0]) / 7, atol=1e-7)


@pytest.fixture(scope="module")
def segmentation(tmp_path_factory, images) -> Segmentation:
    """Segmentation networks whose masks cover half of the images' pixels."""
    stage = Cascade.load(write_random_bundle(tmp_path_factory.mktemp("masks") / "bundle"), "cpu").segmentation
    raw = NetworkInput(stage.settings, SIZE)(raw_images(images))
    for network in stage.networks.values():
        with torch.no_grad():
            network.segmentation_head[0].bias -= network(raw).median()
    return stage


@pytest.mark.parametrize("flips", [False, True])
@pytest.mark.parametrize("fold", [1, ALL_FOLDS])
def test_masks_equal_the_librarys(fold, flips, segmentation, images):
    library = replace(segmentation, flips=flips)
    networks = library.networks.values() if fold == ALL_FOLDS else [library.networks[fold]]
    with torch.inference_mode():
        found = SegmentationGraph([*networks], library.settings, SIZE, flips)(images)
    expected = library.masks(images, np.full(len(images), fold))
    assert found.dtype == torch.uint8
    assert 0.3 < expected.mean() < 0.7
    assert (found.numpy() != expected).mean() < 1e-3


def test_the_smallest_positive_logits_are_lesion():
    tiny = torch.full((1, 1, 4, 4), 1e-12)
    assert (SegmentationGraph.votes(tiny, (8, 8)) > 0).all()
    assert not (tiny.sigmoid() > 0.5).any()


def test_symmetry_equals_the_librarys(tmp_path, images):
    library = Cascade.load(write_random_bundle(tmp_path / "bundle", "cls-none_sym-seg"), "cpu")
    masks = masks_of(images)
    expected, expected_cams = library.symmetry.maps(images, masks, np.zeros(len(images)))
    graph = SymmetryGraph(library.symmetry.networks[0], library.symmetry.settings, SIZE)
    with torch.inference_mode():
        probabilities, cams, empty = graph(images, masks)
    np.testing.assert_allclose(probabilities, expected, atol=1e-5)
    np.testing.assert_allclose(cams, expected_cams.float(), atol=1e-3)
    assert torch.equal(cams, cams.half().float())
    assert torch.equal(empty, (expected_cams == 0).all(dim=2).all(dim=1))


@pytest.mark.parametrize("cell", CELLS)
def test_lesion_classes_equal_the_librarys(cell, tmp_path, images):
    library = Cascade.load(write_random_bundle(tmp_path / "bundle", cell), "cpu")
    masks = masks_of(images) if "cls-none" not in cell else torch.ones(len(images), SIZE, SIZE, dtype=torch.uint8)
    cams = torch.rand(4, 3, 3, generator=torch.Generator().manual_seed(1)).half() if "off" not in cell else None
    expected = library.lesion.classify(images, masks, cams)
    graph = LesionGraph(library.lesion.networks, library.lesion.settings, SIZE)
    with torch.inference_mode():
        networks, lesion_cams = graph(images, masks, None if cams is None else cams.float())
    np.testing.assert_allclose(networks, expected.networks, atol=1e-5)
    np.testing.assert_allclose(lesion_cams, expected.cams, atol=1e-3)
