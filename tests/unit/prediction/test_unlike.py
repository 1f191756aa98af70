"""The mark of images unlike the training data, against timm, scikit-learn and counting."""

import numpy as np
import pandas as pd
import pytest
import timm
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file
from sklearn.decomposition import PCA

from photographs import skin
from selcn.networks.settings import InputSettings
from selcn.prediction.unlike import (
    COMPONENTS,
    MOST,
    SIZE,
    UnlikeScore,
    fit_unlike,
    input_of_score,
    over,
    reference_images,
    threshold_of,
)
from selcn.storage.artifacts import DamagedArtifactError
from selcn.training.images import Pixels
from selcn.training.packed import PackedImages
from selcn.training.samples import Samples

ENCODER = "test_efficientnet"
LESION = InputSettings(size=96, mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.25))


@pytest.fixture(scope="module")
def encoder_weights(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "encoder.safetensors"
    save_file(timm.create_model(ENCODER).state_dict(), path)
    return path


@pytest.fixture
def score(encoder_weights) -> UnlikeScore:
    return UnlikeScore(ENCODER, encoder_weights)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(40, 3, SIZE, SIZE)).astype(np.float32)


def test_features_are_the_means_of_the_map_with_an_eighth_of_the_side(score, encoder_weights, images):
    whole = timm.create_model(ENCODER, checkpoint_path=str(encoder_weights)).eval()
    with torch.no_grad():
        maps = [None]
        whole.blocks[2].register_forward_hook(lambda *called: maps.append(called[-1]))
        whole(torch.from_numpy(images[:3]))
        found = score.features(torch.from_numpy(images[:3])).numpy()
    assert maps[1].shape == (3, found.shape[1], SIZE // 8, SIZE // 8)
    for image, channels in zip(found, maps[1].numpy(), strict=True):
        for value, channel in zip(image, channels, strict=True):
            assert value == pytest.approx(sum(channel.ravel().tolist()) / channel.size, abs=1e-5)


def test_score_is_the_error_of_scikit_learns_pca(score, images):
    features = score.features(torch.from_numpy(images)).numpy().astype(np.float64)
    fitted, others = features[:30], features[30:]
    score.fit(fitted)
    pca = PCA(COMPONENTS, svd_solver="full").fit(fitted)
    expected = np.linalg.norm(others - pca.inverse_transform(pca.transform(others)), axis=1)
    np.testing.assert_allclose(score(torch.from_numpy(images[30:])).numpy(), expected, rtol=1e-4)


def test_training_images_that_span_fewer_directions_score_nothing(score, images):
    features = score.features(torch.from_numpy(images[:4])).numpy()
    score.fit(features)
    assert (score.components[3:] == 0).all()
    assert score(torch.from_numpy(images[:4])).max() < 1e-4 * np.linalg.norm(features)
    assert score(torch.from_numpy(images[4:])).min() > 1e-3 * np.linalg.norm(features[0])


@pytest.mark.parametrize("features", [np.zeros((1, 32), np.float32), np.full((5, 32), np.nan, np.float32)])
def test_what_nothing_can_be_fitted_to_is_refused(score, features):
    with pytest.raises(ValueError, match="at least two: check the encoder's pre-trained weights"):
        score.fit(features)


def test_saved_score_is_the_same_to_the_bit(score, images, tmp_path):
    score.fit(score.features(torch.from_numpy(images[:20])).numpy())
    score.save(tmp_path / "unlike.safetensors")
    loaded = UnlikeScore.load(ENCODER, tmp_path / "unlike.safetensors")
    assert torch.equal(loaded(torch.from_numpy(images)), score(torch.from_numpy(images)))
    assert not any(parameter.requires_grad for parameter in loaded.parameters())
    assert not loaded.training


def test_file_of_another_encoder_is_refused(score, tmp_path):
    score.save(tmp_path / "unlike.safetensors")
    with pytest.raises(DamagedArtifactError, match=r"unlike.safetensors: not the early layers of resnet18"):
        UnlikeScore.load("resnet18", tmp_path / "unlike.safetensors")
    (tmp_path / "unlike.safetensors").write_bytes(b"nothing")
    with pytest.raises(DamagedArtifactError, match="copy the bundle again"):
        UnlikeScore.load(ENCODER, tmp_path / "unlike.safetensors")


@given(st.lists(st.floats(0, 10), min_size=1, max_size=300), st.floats(0.01, 1))
def test_threshold_is_the_least_score_that_keeps_the_share(scores, kept):
    threshold = threshold_of(np.array(scores), kept)
    needed = kept * len(scores) - 1e-9
    assert threshold in scores
    assert sum(score <= threshold for score in scores) >= needed
    assert all(sum(score <= lower for score in scores) < needed + 1e-6 for lower in scores if lower < threshold)


@pytest.mark.parametrize("scores", [[], [1.0, np.nan]])
def test_no_threshold_without_finite_scores(scores):
    with pytest.raises(ValueError, match="expected one or more, all of them finite"):
        threshold_of(np.array(scores))


def test_reference_is_of_other_folds_and_independent_of_the_order():
    ids = [f"image-{number}" for number in range(4000)]
    folds = np.arange(4000) % 4
    splits = pd.DataFrame({"image_id": ids, "fold": np.where(np.arange(4000) < 100, -1, folds)})
    variants = pd.concat([splits, splits[splits["fold"] >= 0]])
    fitted, validated = reference_images(variants, 2)
    assert reference_images(variants.sample(frac=1, random_state=0), 2) == (fitted, validated)
    fold_of = splits.set_index("image_id")["fold"]
    assert len(fitted) == len(set(fitted)) == MOST
    assert set(fold_of[fitted]) == {0, 1, 3}
    assert validated == sorted(ids[number] for number in range(100, 4000) if folds[number] == 2)


def test_image_with_variants_in_two_folds_is_not_fitted_on_where_it_validates():
    splits = pd.DataFrame({"image_id": ["a", "a", "b"], "fold": [0, 1, 1]})
    assert reference_images(splits, 0) == (["b"], ["a"])


def test_fit_keeps_validation_images_and_marks_what_is_no_skin(score):
    packed = np.stack([skin(seed) for seed in range(48)])
    rows = pd.DataFrame({"image_id": [f"{number:02d}" for number in range(48)]})
    splits = rows.assign(fold=np.arange(48) % 3)
    threshold = fit_unlike(score, PackedImages(rows, torch.from_numpy(packed), None), splits, 1, LESION)
    board = np.kron(np.indices((16, 16)).sum(axis=0) % 2, np.ones((8, 8)))[..., None] * np.array([0, 255, 60])
    shown = np.concatenate([packed[1::3], 255 - packed[:2], board[None]]).astype(np.uint8)
    every = torch.arange(len(shown))
    pixels = Pixels(torch.from_numpy(shown), None, input_of_score(LESION), torch.device("cpu"))
    scores = over(score, pixels, Samples(pd.DataFrame(index=range(len(shown))), every, torch.zeros_like(every)))
    assert threshold == pytest.approx(scores[:16].max())
    assert (scores[16:] > threshold).all()


def test_input_is_normalised_as_the_lesion_networks():
    assert input_of_score(LESION) == InputSettings(SIZE, LESION.mean, LESION.std)
