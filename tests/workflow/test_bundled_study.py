"""Bundles of a finished study predict its images as the study does."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.special import log_softmax

from selcn.design.cells import mask_of, split_cell
from selcn.masks.writing import BOX
from selcn.prediction.cascade import Cascade
from selcn.prediction.preparing import Prepared
from selcn.prediction.stages import input_masks
from selcn.storage.artifacts import read_table
from selcn.storage.cam_table import load_cams, rows_of
from studies import CELL, LEAKFREE_CELL, Study

pytestmark = pytest.mark.workflow

BUNDLES = {"thesis": "cls-none_sym-lae", "leakfree": "cls-seg_sym-none"}
FOLDS = range(2)


@pytest.fixture(scope="module")
def bundled(finished, tmp_path_factory) -> Study:
    """The small study with a bundle of its cell in each protocol."""
    study = finished.copy(tmp_path_factory.mktemp("bundled") / "clone")
    study.run(*(f"results/{protocol}/bundle/{cell}/metadata.json" for protocol, cell in BUNDLES.items()))
    return study


def results_of(study: Study, protocol: str) -> Path:
    return study.directory / "results" / protocol


def predictions_of(study: Study, protocol: str, fold: int) -> pd.DataFrame:
    cell = CELL if protocol == "thesis" else LEAKFREE_CELL
    return read_table((study.directory / cell).parent / f"seed-42/fold-{fold}/predictions/test.parquet")


def as_in_the_study(study: Study, protocol: str, cascade: Cascade, ids: Sequence[str]) -> list[Prepared]:
    """Return images of the study, prepared and recognised."""
    index = read_table(study.directory / "results/data/ham10000/index.parquet").set_index("image_id")
    return [cascade.prepare(study.directory / index.loc[image_id, "path"]) for image_id in ids]


def trained_on(results: Path, told: Mapping) -> set[str]:
    """Return the images that the networks of a bundle were trained on."""
    folders = [
        *(
            f"segmentation/{told['segmentation']['architecture']}/fold-{fold}"
            for fold in told["segmentation"]["networks"]
        ),
        *(f"symmetry/{told['symmetry']['model']}/fold-{fold}" for fold in told["symmetry"]["networks"]),
        *(
            f"lesion/ham10000/{told['cell']}/seed-{network['seed']}/fold-{network['fold']}"
            for network in told["lesion"]["networks"]
        ),
    ]
    return set().union(*(read_table(results / folder / "training_ids.parquet")["image_id"] for folder in folders))


@pytest.mark.parametrize("protocol", BUNDLES)
def test_the_studys_images_are_known_with_what_it_did_with_them(bundled, protocol):
    results = results_of(bundled, protocol)
    cascade = Cascade.load(results / "bundle" / BUNDLES[protocol], "cpu")
    split = read_table(results / "splits/ham10000.parquet").drop_duplicates("image_id").groupby("role").head(4)
    seen = trained_on(results, cascade.bundle.metadata)
    groups = read_table(bundled.directory / "results/lesions/groups.parquet").set_index("image_id")["group"]
    groups = groups[~groups.index.duplicated()]
    for image_id, image in zip(
        split["image_id"], as_in_the_study(bundled, protocol, cascade, split["image_id"]), strict=True
    ):
        known = image.known
        assert (known.image_id, known.dataset, known.kind) == (image_id, "ham10000", "same")
        assert known.trained_on is bool(seen & set(groups.index[groups == groups[image_id]]))
        folds = (known.segmentation_fold, known.symmetry_fold)
        if protocol == "thesis":
            assert folds == (-1, -1)
            continue
        roles = read_table(results / "lesions.parquet").set_index(["dataset", "image_id"])
        assert folds == tuple(roles.loc[("ham10000", image_id), ["segmentation_fold", "symmetry_fold"]])


@pytest.mark.parametrize("protocol", BUNDLES)
def test_every_fold_predicts_the_test_set_as_in_the_study(bundled, protocol):
    torch.set_num_threads(1)
    cell, results = BUNDLES[protocol], results_of(bundled, protocol)
    cascade = Cascade.load(results / "bundle" / cell, "cpu")
    tables = [predictions_of(bundled, protocol, fold) for fold in FOLDS]
    ids = tables[0]["image_id"]
    images = torch.from_numpy(np.stack([image.packed for image in as_in_the_study(bundled, protocol, cascade, ids)]))
    found = cascade.predict_prepared(as_in_the_study(bundled, protocol, cascade, ids))

    # Masks and boxes to the bit.
    manifest = read_table(results / "masks/ham10000/manifest.parquet").set_index("image_id").loc[ids]
    assert [prediction.box for prediction in found] == [*map(tuple, manifest[list(BOX)].to_numpy())]
    np.testing.assert_array_equal([np.float32(prediction.mask.mean()) for prediction in found], manifest["area_share"])

    # CAMs to the last bit of half precision: the study's batches have other sizes.
    frame, cams = load_cams(results / f"cams/ham10000/{split_cell(cell)[1]}/cams.parquet")
    cams = cams[rows_of(frame, ids, ["original"] * len(ids))]
    np.testing.assert_allclose([prediction.symmetry_cam for prediction in found], cams, atol=2**-10)

    # Given these, every network's probabilities to the bit.
    masks, boxes, lesions = (
        [getattr(prediction, name) for prediction in found] for name in ("mask", "box", "lesion_found")
    )
    over = input_masks(mask_of(cell), np.stack(masks), boxes, lesions)
    classes = cascade.lesion.classify(images, over, torch.from_numpy(cams))
    for fold, table in enumerate(tables):
        expected = table[[f"prob_{name}" for name in cascade.bundle.metadata["classes"]]]
        np.testing.assert_array_equal(classes.networks[:, fold], expected)


def test_a_bundle_has_the_temperature_of_its_validation_predictions(bundled):
    metadata = Cascade.load(results_of(bundled, "leakfree") / "bundle/cls-seg_sym-none", "cpu").bundle.metadata
    folder = (bundled.directory / LEAKFREE_CELL).parent / "seed-42"
    table = pd.concat([read_table(folder / f"fold-{fold}/predictions/validation.parquet") for fold in FOLDS])
    logits = np.log(table[[f"prob_{name}" for name in metadata["classes"]]].to_numpy(np.float64))
    truth = pd.Index(metadata["classes"]).get_indexer(table["label"])

    def loss(temperature: float) -> float:
        return -log_softmax(logits / temperature, axis=1)[np.arange(len(truth)), truth].mean()

    temperature = metadata["lesion"]["temperature"]
    assert loss(temperature) <= min(loss(temperature * 0.99), loss(temperature * 1.01))


def test_the_model_card_has_the_audits_lines(bundled):
    card = (results_of(bundled, "leakfree") / "bundle/cls-seg_sym-none/README.md").read_text()
    assert "Research use only; not a medical device." in card
    assert "| mask | HAM10000 | " in card
    assert "0 of 3 uses of networks have leakage" in card


def test_the_studys_own_images_are_known_and_served_by_its_folds(bundled):
    cascade = Cascade.load(results_of(bundled, "leakfree") / "bundle/cls-seg_sym-none", "cpu")
    index = read_table(bundled.directory / "results/data/ham10000/index.parquet").head(6)
    roles = read_table(results_of(bundled, "leakfree") / "lesions.parquet")
    roles = roles[roles["dataset"] == "ham10000"].set_index("image_id")
    for row, found in zip(
        index.itertuples(), cascade.predict(bundled.directory / path for path in index["path"]), strict=True
    ):
        role = roles.loc[row.image_id]
        assert (found.known.kind, found.known.image_id) == ("same", row.image_id)
        assert (found.segmentation_fold, found.symmetry_fold) == (role["segmentation_fold"], role["symmetry_fold"])
        assert found.known.trained_on == (role["role"] == "pool")


def test_controls_have_no_bundle(bundled):
    said = bundled.snakemake("-n", "results/leakfree/bundle/cls-none_sym-zeros/metadata.json").stdout
    assert "cls-none_sym-zeros" in said
