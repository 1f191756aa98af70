"""The cascade on new images, compared with its networks called one by one."""

import hashlib
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from scipy.special import softmax
from torch.nn import functional as F

from drawn_inputs import picture
from random_bundle import CLASSES, FOLDS, LESION, SEEDS, SIZE, TEMPERATURE, write_random_bundle
from selcn.design.cells import CELLS, mask_of, split_cell, takes_cams
from selcn.networks.lesion import LesionSettings, build_lesion_network
from selcn.prediction.cascade import Cascade
from selcn.prediction.preparing import UnusableImageError
from selcn.prediction.result import KnownImage

MEAN, STD = (np.array(LESION["input"][key]) for key in ("mean", "std"))


@pytest.fixture(scope="module")
def cascade(tmp_path_factory) -> Cascade:
    return Cascade.load(write_random_bundle(tmp_path_factory.mktemp("off") / "bundle"), "cpu")


@pytest.fixture(scope="module")
def images() -> list[np.ndarray]:
    return [picture(seed, 80) for seed in range(5)]


@pytest.fixture(scope="module")
def predictions(cascade, images):
    return cascade.predict(images)


def fold_by_hash(sha256: str) -> int:
    return int.from_bytes(hashlib.blake2b(sha256.encode(), digest_size=8).digest(), "big") % len(FOLDS)


def test_a_new_image_is_served_by_the_folds_of_its_hash(predictions):
    folds = [fold_by_hash(prediction.sha256) for prediction in predictions]
    assert [prediction.segmentation_fold for prediction in predictions] == folds
    assert [prediction.symmetry_fold for prediction in predictions] == folds
    assert set(folds) == set(FOLDS)


def test_an_image_of_the_study_is_served_by_the_folds_it_has_there(cascade, images, predictions):
    other = [1 - prediction.symmetry_fold for prediction in predictions]
    known = [
        replace(cascade.preparation.prepare(image), known=KnownImage("a", "b", "same", True, fold, 1 - fold))
        for image, fold in zip(images, other, strict=True)
    ]
    found = cascade.predict_prepared(known)
    assert [prediction.segmentation_fold for prediction in found] == other
    assert [prediction.symmetry_fold for prediction in found] == [1 - fold for fold in other]


def test_images_are_looked_for_among_those_of_the_study(cascade, images, predictions):
    asked, known = [], KnownImage("a", "b", "copy", True, 1, 0)

    class Study:
        def find(self, *new):
            asked.append(new)
            return known if new[0] == predictions[1].sha256 else None

    found = replace(cascade, known=Study()).predict(images)
    assert [prediction.known for prediction in found] == [None, known, None, None, None]
    assert (found[1].segmentation_fold, found[1].symmetry_fold) == (1, 0)
    for (sha256, image, packed), original, prediction in zip(
        sorted(asked, key=lambda new: [p.sha256 for p in predictions].index(new[0])), images, predictions, strict=True
    ):
        assert sha256 == prediction.sha256
        np.testing.assert_array_equal(image, original)
        np.testing.assert_array_equal(packed, prediction.packed)


def test_the_checksum_of_a_file_is_looked_for_where_pixels_are_given(cascade, images):
    class Study:
        def find(self, sha256, *_):
            return sha256

    assert replace(cascade, known=Study()).prepare(images[0], "of the file").known == "of the file"


@pytest.mark.parametrize("cell", CELLS)
def test_lesion_networks_get_the_cells_mask_and_cams(cell, tmp_path, images):
    cascade = Cascade.load(write_random_bundle(tmp_path / "bundle", cell), "cpu")
    network = build_lesion_network(LesionSettings.from_config(LESION), None, len(CLASSES), takes_cams(cell)).eval()
    for prediction in cascade.predict(images[:3]):
        image = prediction.packed.astype(np.float64)
        if mask_of(cell) == "seg" and prediction.lesion_found:
            image[~prediction.mask] = 0
        elif mask_of(cell) != "none":
            x0, y0, x1, y1 = prediction.box
            inside = np.zeros((SIZE, SIZE), bool)
            inside[y0:y1, x0:x1] = True
            image[~inside] = 0
        batch = torch.tensor(((image / 255 - MEAN) / STD).transpose(2, 0, 1)[None], dtype=torch.float32)
        given = [torch.tensor(prediction.symmetry_cam[None]).float()] if takes_cams(cell) else []
        expected = []
        for own in cascade.bundle.metadata["lesion"]["networks"]:
            network.load_state_dict(load_file(cascade.bundle.path(own["file"])))
            with torch.no_grad():
                expected.append(softmax(network(batch, *given)[0].double().numpy()))
        np.testing.assert_allclose(prediction.networks, expected, atol=1e-6)


def test_probabilities_are_the_scaled_mean_of_the_networks(predictions):
    for prediction in predictions:
        assert prediction.networks.shape == (len(FOLDS) * len(SEEDS), len(CLASSES))
        mean = prediction.networks.astype(np.float64).mean(axis=0)
        np.testing.assert_allclose(prediction.probabilities, softmax(np.log(mean) / TEMPERATURE), atol=1e-12)


def test_low_and_high_are_of_the_networks_each_scaled(predictions):
    for prediction in predictions:
        each = softmax(np.log(prediction.networks.astype(np.float64)) / TEMPERATURE, axis=1)
        np.testing.assert_allclose([prediction.low, prediction.high], [each.min(axis=0), each.max(axis=0)], atol=1e-12)
        assert prediction.low.dtype == prediction.high.dtype == np.float64


def test_the_lesion_cam_is_the_mean_over_networks_scaled_to_one(cascade, images, predictions):
    # Grad-CAM++ of a class whose logit is linear in the features' means: the weight of a channel is w / (2 + S w).
    prediction = predictions[0]
    batch = torch.tensor(((prediction.packed / 255 - MEAN) / STD).transpose(2, 0, 1)[None], dtype=torch.float32)
    maps = []
    for encoder, head in cascade.lesion.networks:
        with torch.no_grad():
            activations = encoder(batch)[0].double().numpy()
        pixels = activations[0].size
        slope = head.classifier[-1].weight[prediction.probabilities.argmax()].detach().double().numpy() / pixels
        weight = np.where(slope > 0, slope / (2 + activations.sum(axis=(1, 2)) * slope), 0) * pixels
        raw = np.maximum((weight[:, None, None] * activations).sum(axis=0), 0)
        maps.append((raw - raw.min()) / (raw.max() - raw.min()))
    mean = np.mean(maps, axis=0)
    np.testing.assert_allclose(prediction.lesion_cam, (mean - mean.min()) / (mean.max() - mean.min()), atol=1e-4)


def test_symmetry_is_that_of_the_folds_network(cascade, predictions):
    for prediction in predictions:
        network = cascade.symmetry.networks[prediction.symmetry_fold]
        batch = torch.tensor(((prediction.packed / 255 - MEAN) / STD).transpose(2, 0, 1)[None], dtype=torch.float32)
        with torch.no_grad():
            expected = F.softmax(network(batch), dim=1)[0]
        np.testing.assert_allclose(prediction.symmetry, expected, atol=1e-6)


def test_all_segmentation_networks_predict_together_where_they_are_averaged(tmp_path, images):
    cascade = Cascade.load(write_random_bundle(tmp_path / "bundle", averaged=True), "cpu")
    prediction = cascade.predict(images[:1])[0]
    assert prediction.segmentation_fold == -1
    batch = torch.tensor(((prediction.packed / 255 - MEAN) / STD).transpose(2, 0, 1)[None], dtype=torch.float32)
    views = [
        network(batch.flip(axes)).sigmoid().flip(axes)[0, 0]
        for network in cascade.segmentation.networks.values()
        for axes in ((), (2,), (3,), (2, 3))
    ]
    mean = torch.stack(views).mean(dim=0).detach().numpy()
    certain = np.abs(mean - 0.5) > 1e-5
    np.testing.assert_array_equal(prediction.mask[certain], mean[certain] > 0.5)


@pytest.mark.parametrize(("empty_masks", "box"), [("whole_image", (0, 0, SIZE, SIZE)), ("black", (0, 0, 0, 0))])
@pytest.mark.parametrize("cell", ["cls-seg_sym-off", "cls-lae_sym-off"])
def test_an_image_without_a_lesion_is_whole_or_black(cell, empty_masks, box, tmp_path, images):
    cascade = Cascade.load(write_random_bundle(tmp_path / "bundle", cell, empty_masks=empty_masks), "cpu")
    for network in cascade.segmentation.networks.values():
        network.segmentation_head[0].bias.data.fill_(-1e6)
    prediction = cascade.predict(images[:1])[0]
    assert not prediction.lesion_found
    assert prediction.box == box
    assert not prediction.mask.any()
    seen = prediction.packed if empty_masks == "whole_image" else np.zeros_like(prediction.packed)
    batch = torch.tensor(((seen / 255 - MEAN) / STD).transpose(2, 0, 1)[None], dtype=torch.float32)
    encoder, head = cascade.lesion.networks[0]
    with torch.no_grad():
        expected = F.softmax(head(encoder(batch)), dim=1)[0]
    np.testing.assert_allclose(prediction.networks[0], expected, atol=1e-6)


def test_images_above_the_threshold_are_marked_by_the_score_of_the_whole_image(cascade, images, predictions):
    score = cascade.unlike.score
    scores = []
    for prediction in predictions:
        batch = torch.tensor(((prediction.packed / 255 - MEAN) / STD).transpose(2, 0, 1)[None], dtype=torch.float32)
        with torch.no_grad():
            own = (score.features(batch)[0] - score.center).double().numpy()
        basis = score.components.double().numpy()
        scores.append(np.linalg.norm(own - basis.T @ (basis @ own)))
    np.testing.assert_allclose([prediction.unlike_score for prediction in predictions], scores, rtol=1e-4)
    middle = sorted(scores)[2]
    marked = replace(cascade, unlike=replace(cascade.unlike, threshold=(middle + sorted(scores)[3]) / 2)).predict(
        images
    )
    assert [prediction.unlike for prediction in marked] == [score > middle for score in scores]


def test_the_batch_size_changes_results_by_rounding_only(cascade, images, predictions):
    for one, other in zip(cascade.stream(images, batch_size=2), predictions, strict=True):
        assert one.sha256 == other.sha256
        np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-6)
        np.testing.assert_array_equal(one.packed, other.packed)


def test_a_stream_takes_no_more_images_than_it_needs(cascade, images):
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield images[0]

    next(cascade.stream(endless(), batch_size=2))
    assert len(taken) < 20


def test_an_empty_list_has_no_predictions(cascade):
    assert cascade.predict([]) == []


def test_one_image_alone_is_refused(cascade):
    with pytest.raises(TypeError, match=r"expected several images, such as \[str\]"):
        cascade.predict("image.jpg")


@pytest.fixture
def mixed(images, tmp_path) -> list:
    """Return two images among files and contents that are none."""
    good = tmp_path / "good.png"
    good.write_bytes(cv2.imencode(".png", images[0][..., ::-1])[1].tobytes())
    (tmp_path / "text.jpg").write_bytes(b"hello")
    return [str(tmp_path / "text.jpg"), good, b"text", tmp_path / "missing.jpg", images[1], images[1].astype(float)]


@pytest.mark.parametrize(
    ("position", "named", "reason"),
    [
        (0, "text.jpg", "5 bytes that are not an image; expected a JPEG or PNG file"),
        (2, "image 1, counted from 0", "4 bytes that are not an image"),
        (3, "missing.jpg", "cannot be read (No such file or directory); expected an image file"),
        (5, "image 1, counted from 0", "an array of float64 and shape (80, 80, 3); expected uint8"),
    ],
)
def test_what_is_no_image_is_refused_by_its_path_or_position(cascade, mixed, position, named, reason):
    with pytest.raises(UnusableImageError) as caught:
        cascade.predict([mixed[1], mixed[position]])
    assert f"{named}: {reason}" in str(caught.value)
    assert "leave it out, or give a list as `rejected`" in str(caught.value)
    assert caught.value.position == 1


def test_images_that_cannot_be_read_are_collected_where_a_list_is_given(cascade, mixed, predictions):
    rejected: list[UnusableImageError] = []
    found = cascade.predict(mixed, rejected)
    assert [error.position for error in rejected] == [0, 2, 3, 5]
    assert [prediction.path for prediction in found] == [str(mixed[1]), None]
    for one, other in zip(found, predictions, strict=False):
        np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-6)


def test_symmetry_model_of_a_cell(tmp_path):
    for cell, expected in (("cls-none_sym-off", "none"), ("cls-seg_sym-lae", "lae")):
        metadata = Cascade.load(write_random_bundle(tmp_path / cell, cell), "cpu").bundle.metadata
        assert metadata["symmetry"]["model"] == expected
        assert split_cell(metadata["cell"])[0] == metadata["lesion"]["mask"]
