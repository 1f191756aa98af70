"""Galleries and selection written by the rule's script from a small study on disk, against a literal search."""

import numpy as np
import pandas as pd
import pytest

from declared import LESION_CLASSES
from jobs import run_script
from report_scripts import read_script
from selcn.design.trained_networks import ALL_FOLDS, TrainedNetwork
from selcn.storage.artifacts import read_table, write_json, write_table
from selcn.training.classification import prediction_table

CLASSES, SIDE = LESION_CLASSES["ham10000"], 16
CELL, FAILED = "cls-none_sym-lae", "cls-none_sym-off"
TESTED, DEVELOPED = [f"t{k}" for k in range(12)], [f"d{k}" for k in range(8)]
IDS = [*DEVELOPED, *TESTED]
LABELS = {image_id: CLASSES[k % len(CLASSES)] for k, image_id in enumerate(IDS)}
NETWORKS = [TrainedNetwork("lesion", "ham10000", cell, fold, 1) for cell in (CELL, FAILED) for fold in (0, 1)]
CELLS = [TrainedNetwork("lesion", "ham10000", cell, ALL_FOLDS) for cell in (CELL, FAILED)]


def drawn(rng, image_ids: list[str]) -> pd.DataFrame:
    samples = pd.DataFrame(
        {"image_id": image_ids, "variant": "original", "label": [LABELS[name] for name in image_ids]}
    )
    return prediction_table(samples, 2 * rng.normal(size=(len(samples), len(CLASSES))), CLASSES)


def ranking() -> pd.DataFrame:
    """Return a ranking in which every third image has evidence against its label."""
    frame = pd.DataFrame({"dataset": "ham10000", "image_id": IDS[::-1], "label": "nv", "favoured": "mel"})
    evidence = ["networks" if k % 3 == 0 else "" for k in range(len(IDS))]
    doubt = [0.5 if kinds else -0.1 for kinds in evidence]
    known = {
        "doubt": doubt,
        "shared_label": "",
        "networks": 2.0,
        "against": 1.0,
        "appearance": 0.0,
        "appearance_of": "",
    }
    return frame.assign(evidence=evidence, **known)


@pytest.fixture
def study(tmp_path):
    """A protocol of two cells, one of them failed; fold 0 was trained on d1, which it also predicts for validation."""
    rng = np.random.default_rng(5)

    def table(name: str, frame: pd.DataFrame) -> str:
        write_table(frame, tmp_path / name)
        return str(tmp_path / name)

    def array(name: str, masks: np.ndarray) -> str:
        np.save(tmp_path / name, masks)
        return str(tmp_path / name)

    files = {
        (net, name): table(f"{net.model}-{net.fold}-{name}.parquet", drawn(rng, image_ids))
        for net in NETWORKS
        for name, image_ids in (("validation", DEVELOPED[net.fold :: 2] + ["d1"] * (1 - net.fold)), ("test", TESTED))
    }
    write_json({"images": {"validation": 4, "test": len(TESTED), "isic2019": 0}}, tmp_path / "good.json")
    write_json({"failed": "constant logits"}, tmp_path / "failed.json")
    truth = rng.integers(0, 2, (len(IDS), SIDE, SIDE), np.uint8)
    masks = rng.integers(0, 2, (len(IDS), SIDE, SIDE), np.uint8)
    rows = pd.DataFrame({"image_id": IDS, "has_mask": True, "fold": np.int8(0)})
    roles = ["pool"] * len(DEVELOPED) + ["test"] * len(TESTED)
    scores = {"image_id": IDS, "iou": 0.1, "hit": False, "empty_cam": False, "empty_mask": False}
    sides = ["dataset_a", "image_id_a", "dataset_b", "image_id_b", "distance", "turn", "correlation"]
    write_json({"architecture": "unet"}, tmp_path / "selected.json")
    inputs = {
        "leakfree_predictions": list(files.values()),
        "leakfree_metrics": [str(tmp_path / "good.json"), str(tmp_path / "failed.json")],
        "leakfree_training_ids": [
            table(f"trained-{net.fold}.parquet", pd.DataFrame({"image_id": ["d1"] if net.fold == 0 else ["d0"]}))
            for net in NETWORKS
        ],
        "leakfree_labels": table("labels.parquet", ranking()),
        "leakfree_mask_rows": table("masks.parquet", rows),
        "leakfree_masks": [array("masks.npy", masks)],
        "leakfree_selected": str(tmp_path / "selected.json"),
        "leakfree_splits": table("splits.parquet", pd.DataFrame({"image_id": IDS, "role": roles})),
        "leakfree_localisation": [table(f"scores-{k}.parquet", pd.DataFrame(scores)) for k in range(2)],
        "indices": [
            table("index.parquet", pd.DataFrame({"image_id": IDS, "label": LABELS.values(), "lesion_id": IDS}))
        ],
        "hair": [table("hair.parquet", pd.DataFrame({"image_id": IDS, "hair_share": np.linspace(0, 0.2, len(IDS))}))],
        "pairs": table("pairs.parquet", pd.DataFrame(columns=[*sides, "certainty"])),
        "truth": [array("truth.npy", truth)],
        "rows": table("rows.parquet", rows),
    }
    params = {
        "cells": [CELL, FAILED],
        "datasets": ["ham10000"],
        "ensemble": False,
        "localised": CELLS,
        "photographs": False,
        "protocols": ["leakfree"],
        "sheets_per_class": 1,
        "shown": {"models": CELLS, "networks": NETWORKS, "predictions": list(files)},
        "symmetry_models": ["none"],
    }
    outputs = {name: str(tmp_path / "report" / file) for name, file in OUTPUTS.items()}
    run_script("write_galleries", tmp_path, inputs, outputs, params)
    name, value = read_script(outputs["galleries"])
    assert name == "galleries"
    return {
        "value": value,
        "files": files,
        "dice": dice_of(masks, truth),
        "selection": read_table(outputs["selection"]),
    }


OUTPUTS = {"galleries": "galleries.js", "selection": "selection.parquet"}


def dice_of(masks: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    both, sums = (masks & truth).sum((1, 2)), masks.sum((1, 2)) + truth.sum((1, 2))
    return dict(zip(IDS, 2 * both / sums, strict=True))


def view_of(study: dict, key: str) -> dict:
    (view,) = next(gallery["views"] for gallery in study["value"]["galleries"] if gallery["key"] == key)
    return view


def ids_of(view: dict) -> list[str]:
    return [image_id for item in view["items"] for image_id in item["images"]]


def test_the_worst_mistake_is_found_over_all_test_images(study):
    tables = [read_table(study["files"][net, "test"]).set_index("image_id") for net in NETWORKS if net.model == CELL]
    wrong = {}
    for image_id in TESTED:
        means = {name: np.mean([float(table.loc[image_id, f"prob_{name}"]) for table in tables]) for name in CLASSES}
        predicted = max(means, key=means.get)
        if predicted != LABELS[image_id]:
            wrong[image_id] = means[predicted]
    assert 0 < len(wrong) < len(TESTED)
    view = view_of(study, "confident_mistakes")
    assert view["label"].startswith("leakfree, model 4:")
    assert ids_of(view) == sorted(wrong, key=wrong.get, reverse=True)
    assert view["note"] == f"{len(wrong)} of {len(TESTED)} images are misclassified."
    assert f" {wrong[ids_of(view)[0]]:.4f}," in view["items"][0]["text"]


def test_the_worst_segmentation_is_found_over_all_test_images(study):
    view = view_of(study, "worst_segmentations")
    assert ids_of(view) == sorted(TESTED, key=study["dice"].get)
    assert view["label"] == "leakfree, U-Net"


def test_doubtful_labels_are_in_the_order_of_the_ranking(study):
    view = view_of(study, "doubtful_labels")
    assert ids_of(view) == IDS[::-1][::3]
    assert view["label"] == "leakfree, HAM10000"


def test_failed_cells_and_sets_without_images_are_not_offered(study):
    value = study["value"]
    assert [matrix["name"] for matrix in value["matrices"]] == [
        "matrices/leakfree-ham10000-test",
        "matrices/leakfree-ham10000-validation",
    ]
    assert view_of(study, "missed_lesions")["items"][0]["focus"] == f"lesion:{CELL}"
    assert next(gallery["views"] for gallery in value["galleries"] if gallery["key"] == "near_duplicates") == []


def test_the_selection_has_the_sheets_that_the_viewer_is_told_of(study):
    selection = study["selection"]
    assert study["value"]["sheets"] == {"ham10000": selection["image_id"].tolist()}
    # All of them are in some gallery.
    assert sorted(selection["image_id"]) == sorted(IDS)
