"""The search for a known image: correlation of coarse images, words of features and their votes."""

import cv2
import numpy as np
import pytest
from scipy.fft import idctn
from sklearn.decomposition import PCA

from photographs import brightened, cropped, skin
from selcn.data.duplicates.hashes import small_grey
from selcn.data.duplicates.keypoints import LENGTH, Keypoints, find_keypoints
from selcn.data.duplicates.pairs import TURNS
from selcn.prediction.known_copies import Traits, correlations
from selcn.prediction.known_features import RANK, KnownFeatures, Projection
from selcn.prediction.known_writing import fit_features, fit_projection, fit_words

NOTHING = Keypoints(np.empty((0, 2), np.float32), np.empty((0, LENGTH), np.uint8))


def coarse_of(image: np.ndarray) -> np.ndarray:
    return Traits.of(np.ascontiguousarray(image)[None]).coarse


@pytest.mark.parametrize("turn", TURNS)
def test_the_correlation_is_that_of_blurred_images_in_the_best_symmetry(turn):
    known, new = skin(1), TURNS[turn](brightened(cropped(skin(1))))

    def blurred(image):
        low = np.zeros((32, 32))
        low[:8, :8] = coarse_of(image)[0]
        return idctn(low, norm="ortho")

    expected = max(np.corrcoef(blurred(known).ravel(), of(blurred(new)).ravel())[0, 1] for of in TURNS.values())
    assert correlations(coarse_of(new)[0], coarse_of(known))[0] == pytest.approx(expected, abs=1e-9)


def test_a_coarse_image_is_the_grey_one_without_its_details():
    # Of an image without details it is the image itself, but for brightness, contrast and the rounding.
    smooth = cv2.resize(cv2.resize(skin(3), (4, 4), interpolation=cv2.INTER_AREA), (128, 128))
    low = np.zeros((32, 32))
    low[:8, :8] = coarse_of(smooth)[0]
    assert np.corrcoef(idctn(low, norm="ortho").ravel(), small_grey(smooth).ravel())[0, 1] > 0.99


def test_of_several_copies_the_one_of_fewest_bits_is_found():
    known = Traits.of(np.stack([skin(1), cropped(skin(2)), skin(2), skin(2)]))
    assert known.nearest_copy(Traits.of(skin(2)[None]), 48) == 2


def test_an_image_without_contrast_correlates_with_none():
    grey = np.full((128, 128, 3), 99, np.uint8)
    with np.errstate(all="raise"):
        for new, known in ((grey, skin(1)), (skin(1), grey)):
            assert correlations(coarse_of(new)[0], coarse_of(known)).tolist() == [0]


def test_a_near_hash_alone_is_no_copy():
    known = Traits.of(np.stack([skin(1), skin(2)]))
    new = Traits.of(skin(3)[None])
    assert known.nearest_copy(Traits(known.hashes[:1], new.coarse), 48) is None


def known_features(rng: np.random.Generator, words: int = 5) -> KnownFeatures:
    """Return random features of 40 images, of which words 3 has none."""
    word = np.sort(rng.choice(np.delete(np.arange(words), 3), 900))
    centres = rng.normal(0, 60, (words, 4)).astype(np.float32)
    components = np.rint(centres[word] + rng.normal(0, 5, (900, 4))).clip(-127, 127).astype(np.int8)
    projection = Projection(np.zeros(LENGTH, np.float32), np.eye(LENGTH, 4, dtype=np.float32), np.ones(1, np.float32))
    return KnownFeatures(
        projection,
        centres,
        np.searchsorted(word, np.arange(words + 1)),
        components,
        rng.integers(0, 200, (900, 2)).astype(np.uint8),
        rng.integers(0, 40, 900).astype(np.int32),
    )


def test_candidates_have_most_votes():
    rng = np.random.default_rng(0)
    features = known_features(rng)
    new = np.rint(features.words[rng.integers(0, 5, 30)] + rng.normal(0, 6, (30, 4))).clip(-127, 127).astype(np.int8)
    votes = np.zeros(40)
    for vector in new.astype(np.float64):
        word = np.argmin([np.sum((vector - centre) ** 2) for centre in features.words])
        listed = range(features.begins[word], features.begins[word + 1])
        away = [np.sum((vector - features.components[place]) ** 2) for place in listed]
        for place, distance in zip(listed, away, strict=True):
            votes[features.images[place]] += max(0, 1 - distance / max(1, sorted(away)[RANK]))
    assert features.candidates(new, 6) == np.argsort(-votes)[:6].tolist()


def test_a_word_without_keypoints_has_no_votes():
    features = known_features(np.random.default_rng(1))
    assert features.candidates(np.rint(features.words[3:4]).astype(np.int8)) == []


def test_components_are_those_of_a_principal_component_analysis():
    images = [find_keypoints(skin(number)) for number in range(8)]
    # All descriptors: no image has more than the twenty that are sampled.
    few = [Keypoints(image.points[:20], image.descriptors[:20]) for image in images]
    projection = fit_projection(few, np.random.default_rng(0))
    expected = PCA(16).fit(np.concatenate([image.descriptors for image in few]).astype(np.float64))
    np.testing.assert_allclose(projection.mean, expected.mean_, rtol=1e-5)
    np.testing.assert_allclose(np.abs((projection.axes * expected.components_.T).sum(axis=0)), 1, atol=1e-4)
    # Restored, they are the projection onto these components but for the rounding and the length.
    reduced = projection.reduce(few[0])
    exact = expected.inverse_transform(expected.transform(few[0].descriptors.astype(np.float64)))
    restored = projection.restore(reduced).descriptors
    lengths = np.linalg.norm(restored, axis=1)
    np.testing.assert_allclose(lengths, 512, rtol=1e-5)
    cosine = (restored * exact).sum(axis=1) / lengths / np.linalg.norm(exact, axis=1)
    assert cosine.min() > 0.999


def test_only_the_strongest_keypoints_are_kept_at_whole_pixels():
    rng = np.random.default_rng(0)
    image = Keypoints(rng.uniform(0, 199.6, (300, 2)), rng.integers(0, 90, (300, LENGTH)).astype(np.uint8))
    projection = fit_projection([image], rng)
    reduced = projection.reduce(image)
    np.testing.assert_array_equal(reduced.points, np.rint(image.points[:200]))
    first = projection.reduce(Keypoints(image.points[:200], image.descriptors[:200]))
    np.testing.assert_array_equal(reduced.components, first.components)


def test_few_keypoints_have_few_words():
    components = np.random.default_rng(0).integers(-99, 99, (450, 16)).astype(np.int8)
    assert [len(fit_words(components[:count], np.random.default_rng(0))) for count in (0, 150, 450)] == [1, 1, 4]


def test_known_images_without_keypoints_are_never_alike(tmp_path):
    with np.errstate(all="raise"):
        fit_features(3, lambda number: NOTHING, np.random.default_rng(0)).save(tmp_path / "features.safetensors")
    features = KnownFeatures.load(tmp_path / "features.safetensors")
    assert features.most_alike(find_keypoints(skin(1))) == (-1, 0)
    assert features.most_alike(NOTHING) == (-1, 0)


def test_equal_generators_give_equal_files(tmp_path):
    images = [find_keypoints(skin(number)) for number in range(6)]
    for name in "ab":
        fit_features(6, images.__getitem__, np.random.default_rng(4)).save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
