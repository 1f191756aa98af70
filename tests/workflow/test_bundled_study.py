"""Bundles of a finished study predict its images as the study does."""

from collections.abc import Sequence
from dataclasses import replace
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
from selcn.prediction.result import KnownImage
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
    """Return images of the study, prepared, with the folds that it gave them."""
    index = read_table(study.directory / "results/data/ham10000/index.parquet").set_index("image_id")
    prepared = [cascade.preparation.prepare(study.directory / index.loc[image_id, "path"]) for image_id in ids]
    if protocol == "thesis":
        return prepared
    roles = read_table(results_of(study, protocol) / "lesions.parquet")
    folds = roles[roles["dataset"] == "ham10000"].set_index("image_id")[["segmentation_fold", "symmetry_fold"]]
    return [
        replace(image, known=KnownImage(image_id, "ham10000", "same", False, *folds.loc[image_id]))
        for image, image_id in zip(prepared, ids, strict=True)
    ]


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


def test_controls_have_no_bundle(bundled):
    said = bundled.snakemake("-n", "results/leakfree/bundle/cls-none_sym-zeros/metadata.json").stdout
    assert "cls-none_sym-zeros" in said
