"""Oracle controls: maps that tell an image's class, of the share of the images that they promise."""

from itertools import combinations, pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from declared import LESION_CLASSES
from jobs import run_script
from selcn.cams.oracle import class_places, class_strengths, of_classes, told_classes
from selcn.design.cam_sources import ORACLES, Oracle
from selcn.networks.lesion import LesionHead
from selcn.storage.artifacts import write_table
from selcn.storage.cam_table import load_cams, write_cams
from selcn.storage.checksums import record

CLASSES = LESION_CLASSES["ham10000"]
K = len(CLASSES)
IDS = [f"ISIC_{number:07}" for number in range(4000)]
LABELS = [CLASSES[number % K] for number in range(len(IDS))]
SHARES = (1.0, 0.5, 0.25, 0.1)
# CAMs of SqueezeNet at 64, 96, 128 and 256 pixels have these sides, features of the encoders 2 to 8.
GRIDS = (2, 3, 4, 5, 7, 8, 15)


def closest(maps: np.ndarray) -> float:
    """Return the largest difference in any one place between the two most alike maps."""
    return min(abs(first - second).max() for first, second in combinations(maps.astype(float), 2))


@pytest.mark.parametrize("side", GRIDS)
def test_maps_of_two_classes_differ_clearly_on_every_grid(side):
    assert closest(class_strengths(K, side, side)) > 0.1
    assert closest(class_places(K, side, side)) > (0.1 if side < 4 else 0.4)


@pytest.mark.parametrize("features", [2, 3, 4, 8])
def test_they_still_do_where_the_e_layer_resizes_them_to_the_features(features):
    for maps in (class_strengths(K, 5, 5), class_places(K, 5, 5)):
        batch = torch.from_numpy(maps.astype(np.float32))[:, None]
        resized = torch.nn.functional.interpolate(batch, (features, features), mode="bilinear")
        assert closest(resized[:, 0].numpy()) > 0.1


@pytest.mark.parametrize("side", [2, 5, 8])
def test_a_place_is_no_brighter_than_another_and_a_strength_is_in_equal_steps(side):
    # The area of a disc of radius .2 in a square of side 1.
    means = class_places(K, side, side).astype(float).mean(axis=(1, 2))
    np.testing.assert_allclose(means, np.pi * 0.2**2, rtol=0.01)
    means = class_strengths(K, side, side).astype(float).mean(axis=(1, 2))
    np.testing.assert_allclose(means, np.pi / 4 * np.arange(1, K + 1) / K, rtol=0.01)


def test_places_lie_evenly_on_a_circle():
    centre = (np.arange(30) + 0.5) / 30 - 0.5
    maps = class_places(4, 30, 30).astype(float)
    y, x = ((maps * axis).sum(axis=(1, 2)) / maps.sum(axis=(1, 2)) for axis in (centre[:, None], centre))
    np.testing.assert_allclose(np.stack([y, x], axis=1), [(0, 0.3), (0.3, 0), (0, -0.3), (-0.3, 0)], atol=0.01)


@pytest.mark.parametrize("share", SHARES)
def test_as_many_maps_agree_with_the_truth_as_the_share_and_chance_make(share):
    told = told_classes(IDS, LABELS, CLASSES, share, 42)
    agreement = np.mean(np.array(CLASSES)[told] == LABELS)
    # Four standard errors of a share of 4,000 are at most .032.
    assert agreement == pytest.approx(share + (1 - share) / K, abs=0.032)


def test_the_other_classes_are_drawn_evenly_and_whatever_the_truth_is():
    told = told_classes(IDS, ["nv"] * len(IDS), CLASSES, 0.0, 42)
    assert told.tolist() == told_classes(IDS, LABELS, CLASSES, 0.0, 42).tolist()
    np.testing.assert_allclose(np.bincount(told, minlength=K) / len(IDS), 1 / K, atol=0.025)


def test_the_images_told_the_truth_at_a_share_are_told_it_at_every_larger_one():
    # With a label that is no other's drawn class, agreement says who is told.
    drawn = told_classes(IDS, LABELS, CLASSES, 0.0, 7)
    labels = np.array(CLASSES)[(drawn + 1) % K]
    told = [told_classes(IDS, labels, CLASSES, share, 7) == (drawn + 1) % K for share in sorted(SHARES)]
    for fewer, more in pairwise(told):
        assert not (fewer & ~more).any()
        assert more.sum() > fewer.sum()
        # The others' classes do not tell who they are.
        np.testing.assert_allclose(np.bincount(drawn[~fewer], minlength=K) / (~fewer).sum(), 1 / K, atol=0.035)
    assert told[-1].all()


@given(order=st.permutations(list(range(30))), seed=st.integers(0, 9))
def test_who_is_told_follows_from_seed_and_id_alone(order, seed):
    ids, labels = IDS[:40], LABELS[:40]
    alone = dict(zip(ids, told_classes(ids, labels, CLASSES, 0.5, seed), strict=True))
    shuffled = told_classes([ids[k] for k in order], [labels[k] for k in order], CLASSES, 0.5, seed)
    assert [alone[ids[k]] for k in order] == shuffled.tolist()


def test_another_seed_tells_others():
    first, second = (told_classes(IDS, LABELS, CLASSES, 0.5, seed) for seed in (1, 2))
    assert 0.2 < np.mean(first != second) < 0.8


def test_an_image_of_another_class_gets_the_map_of_a_random_one():
    told = told_classes(IDS, ["scc"] * len(IDS), CLASSES, 1.0, 42)
    np.testing.assert_allclose(np.bincount(told, minlength=K) / len(IDS), 1 / K, atol=0.025)


def test_an_image_without_a_label_is_named():
    frame = pd.DataFrame({"image_id": ["a", "b"], "variant": "original"})
    with pytest.raises(ValueError, match="1 rows of the CAM table are of images without a label, b the first"):
        of_classes(frame, pd.Series({"a": "nv"}), CLASSES, Oracle(1.0), 1, (3, 3))


@pytest.mark.parametrize("oracle", ORACLES)
def test_the_rule_makes_a_map_of_every_variant_and_turns_none(tmp_path, monkeypatch, oracle):
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({"image_id": [*"abca"], "variant": ["original"] * 3 + ["rot90"]})
    frame = frame.assign(predicted="symmetric", empty=False, fold=np.int8(1))
    write_cams(frame, np.ones((4, 3, 3), np.float16), "cams.parquet")
    write_table(pd.DataFrame({"image_id": [*"abcd"], "label": ["nv", "mel", "scc", "nv"]}), "index.parquet")
    for path in ("cams.parquet", "index.parquet"):
        record(path)
    inputs = {"cams": "cams.parquet", "index": "index.parquet"}
    wildcards = {"dataset": "ham10000", "oracle": oracle}
    run_script(
        "make_oracle_cams", tmp_path, inputs, {"cams": "made.parquet"}, {"classes": CLASSES, "seed": 1}, wildcards
    )
    made, maps = load_cams("made.parquet")
    assert made[["image_id", "variant"]].equals(frame[["image_id", "variant"]])
    assert (set(made["fold"]), set(made["predicted"]), made["empty"].any()) == ({-1}, {""}, False)
    known = class_places(K, 3, 3) if ORACLES[oracle].by_place else class_strengths(K, 3, 3)
    shown = [next(k for k, one in enumerate(known) if (one == each).all()) for each in maps]
    assert shown[0] == shown[3]
    if ORACLES[oracle].share == 1:
        assert [CLASSES[k] for k in shown[:2]] == ["nv", "mel"]


@pytest.mark.parametrize(
    ("maps", "head", "read"),
    [
        ("strength", "average", True),
        ("place", "flatten", True),
        # Averaged over places, the result of a layer that works place by place does not tell one from another.
        ("place", "average", False),
        ("zeros", "average", False),
    ],
)
def test_a_network_whose_features_tell_nothing_learns_the_class_from_a_map_that_its_head_can_read(maps, head, read):
    made = {"strength": class_strengths, "place": class_places, "zeros": lambda *shape: np.zeros(shape)}[maps](K, 5, 5)
    generator = torch.Generator().manual_seed(0)
    features, label = torch.randn(2 * 350, 8, 4, 4, generator=generator), torch.arange(700) % K
    given = torch.from_numpy(made.astype(np.float32))[label]
    torch.manual_seed(0)
    network = LesionHead(8, 4, K, SimpleNamespace(head=head, dropout=0.0), with_cam=True)
    optimiser = torch.optim.Adam(network.parameters(), 0.02)
    for _ in range(100):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(network(features[:350], given[:350]), label[:350]).backward()
        optimiser.step()
    with torch.no_grad():
        right = (network.eval()(features[350:], given[350:]).argmax(1) == label[350:]).float().mean()
    assert right > 0.8 if read else right < 0.3
