"""Sheets written by the rule's script from a small study on disk, and what is left of them after a change."""

import hashlib
import re

import cv2
import numpy as np
import pandas as pd
import pytest

from declared import LESION_CLASSES
from jobs import run_script
from photographs import encoded, skin
from report_scripts import read_script
from selcn.data.packing import PackSettings, pack_mask
from selcn.design.trained_networks import ALL_FOLDS, TrainedNetwork
from selcn.masks.writing import png_of
from selcn.report.viewer_data.thumbnails import MOST_BYTES
from selcn.storage.artifacts import read_table, write_json, write_table
from selcn.storage.cam_table import write_cams
from selcn.storage.verification import checks
from selcn.training.classification import prediction_table

CLASSES, SIDE = LESION_CLASSES["ham10000"], 64
IDS, TESTED = ["ISIC_1", "ISIC_2", "ISIC_3"], "ISIC_3"
CELL, FAILED = "cls-none_sym-off", "cls-none_sym-none"
PROTOCOLS, MODELS = ("thesis", "leakfree"), ("none", "seg", "lae")
ALL_MASKS = "no mask, segmentation mask, LAE box"


def true_mask() -> np.ndarray:
    return cv2.circle(np.zeros((128, 128), np.uint8), (64, 64), 30, 255, -1)


class Folder:
    """A folder that files are written into; each method returns the path written."""

    def __init__(self, folder) -> None:
        self.folder = folder

    def table(self, name: str, frame: pd.DataFrame) -> str:
        write_table(frame, self.folder / name)
        return str(self.folder / name)

    def ids(self, name: str, image_ids: list[str]) -> str:
        return self.table(name, pd.DataFrame({"image_id": image_ids, "variant": "original"}))

    def cams(self, name: str, image_ids: list[str], fold: int) -> str:
        frame = pd.DataFrame({"image_id": image_ids, "variant": "original", "predicted": "nv", "empty": False})
        cams = np.full((len(frame), 3, 3), 0.5, np.float16)
        write_cams(frame.assign(fold=np.int8(fold)), cams, self.folder / name)
        return str(self.folder / name)

    def picture(self, name: str, content: bytes) -> tuple[str, str]:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(content)
        return str(self.folder / name), hashlib.sha256(content).hexdigest()


def of_protocol(folder: Folder, protocol: str) -> dict[str, str | list[str]]:
    """Write one protocol's files: ISIC_1 and ISIC_2, of one lesion, are in the development set, ISIC_3 is tested on."""
    splits = pd.DataFrame(
        {"image_id": IDS, "variant": "original", "label": "nv", "role": ["pool", "pool", "test"], "fold": [0, 1, -1]}
    )
    held_out = {0: ["ISIC_1"], 1: ["ISIC_2"]}
    predictions = []
    for cell, fold, name in [(cell, fold, name) for cell in (CELL, FAILED) for fold in (0, 1) for name in ("v", "t")]:
        images = pd.DataFrame({"image_id": held_out[fold] if name == "v" else [TESTED], "variant": "original"})
        logits = np.log(np.full((1, len(CLASSES)), 0.1) + (fold + 1) * np.eye(len(CLASSES))[:1])
        table = prediction_table(images.assign(label="nv"), logits, CLASSES)
        predictions.append(folder.table(f"{protocol}/{cell}-{fold}-{name}.parquet", table))
    rows = []
    for image_id in IDS:
        mask = (
            np.zeros((SIDE, SIDE), np.uint8) if image_id == "ISIC_2" else pack_mask(true_mask() > 0, PackSettings(SIDE))
        )
        _, sha256 = folder.picture(f"{protocol}/masks/seg/{image_id}.png", png_of(mask))
        box = (0, 0, SIDE, SIDE) if image_id == "ISIC_2" else (8, 8, 56, 60)
        rows.append((image_id, f"seg/{image_id}.png", sha256, *box, ALL_FOLDS if protocol == "thesis" else 1))
    names = ["image_id", "seg_path", "seg_sha256", "x0", "y0", "x1", "y1", "fold"]
    for number, content in enumerate(({}, {"failed": "constant logits"}, {}, {}, {})):
        write_json(content, folder.folder / protocol / f"metrics-{number}.json")
    return {
        "splits": [folder.table(f"{protocol}/splits.parquet", splits)],
        "predictions": predictions,
        "metrics": [str(folder.folder / protocol / f"metrics-{number}.json") for number in range(5)],
        "mask_rows": folder.table(f"{protocol}/masks/manifest.parquet", pd.DataFrame(rows, columns=names)),
        "cams": [folder.cams(f"{protocol}/{model}.parquet", IDS, 0) for model in MODELS],
        "lesion_cams": [folder.cams(f"{protocol}/{cell}.parquet", [TESTED], 1) for cell in (CELL, FAILED)],
        "segmentation_trained": [
            folder.ids(f"{protocol}/s0.parquet", ["ISIC_2"]),
            folder.ids(f"{protocol}/s1.parquet", []),
        ],
        "symmetry_trained": [folder.ids(f"{protocol}/y0.parquet", ["ISIC_2_downsampled"])],
        "predicting_trained": [folder.ids(f"{protocol}/l{fold}.parquet", [f"ISIC_{2 - fold}"]) for fold in (0, 1)],
    }


@pytest.fixture
def study(tmp_path) -> dict:
    """Inputs and parameters of the job that writes HAM10000's sheets; only ISIC_1 has a true mask."""
    folder, photographs = Folder(tmp_path), {image_id: skin(number) for number, image_id in enumerate(IDS)}
    index, hair = [], []
    for image_id, image in photographs.items():
        content = cv2.imencode(".png", image)[1].tobytes()
        mask = (
            folder.picture("truth.png", cv2.imencode(".png", true_mask())[1].tobytes())
            if image_id == "ISIC_1"
            else (None, None)
        )
        index.append(
            (image_id, "L1" if image_id != TESTED else TESTED, "nv", *folder.picture(f"{image_id}.png", content), *mask)
        )
        clean = cv2.imencode(".jpg", encoded(image, 90))[1].tobytes()
        hair.append((image_id, f"images/{image_id}.jpg", 0.031, folder.picture(f"images/{image_id}.jpg", clean)[1]))
    table = pd.DataFrame(
        index, columns=["image_id", "lesion_id", "label", "path", "sha256", "mask_path", "mask_sha256"]
    )
    patients = {"age": [65.0, np.nan, np.nan], "sex": ["male", None, None], "site": None, "source": None}
    groups = pd.DataFrame({"dataset": "ham10000", "image_id": IDS, "group": ["ISIC_1", "ISIC_1", "ISIC_3"]})
    pairs = pd.DataFrame(
        [("ham10000", "ISIC_1", "isic2016", "ISIC_9")], columns=["dataset_a", "image_id_a", "dataset_b", "image_id_b"]
    ).assign(certainty="certain")
    networks = [TrainedNetwork("lesion", "ham10000", cell, fold, 7) for cell in (CELL, FAILED) for fold in (0, 1)]
    cells = [TrainedNetwork("lesion", "ham10000", cell, ALL_FOLDS) for cell in (CELL, FAILED)]
    symmetry = [TrainedNetwork("symmetry", "symderm", model, ALL_FOLDS) for model in MODELS]
    files = {protocol: of_protocol(folder, protocol) for protocol in PROTOCOLS}
    return {
        "inputs": {
            **{f"{protocol}_{name}": paths for protocol in PROTOCOLS for name, paths in files[protocol].items()},
            "selection": folder.table("selection.parquet", pd.DataFrame({"dataset": "ham10000", "image_id": IDS})),
            "index": folder.table("index.parquet", table.assign(width=600, height=450, **patients)),
            "hair": folder.table(
                "hair.parquet", pd.DataFrame(hair, columns=["image_id", "path", "hair_share", "sha256"])
            ),
            "groups": folder.table("groups.parquet", groups),
            "pairs": folder.table("pairs.parquet", pairs),
        },
        "params": {
            "datasets": ["ham10000"],
            "pack": {"size": SIDE, "fit": "stretch"},
            "photographs": True,
            "protocols": list(PROTOCOLS),
            "shown": {
                "models": [*cells, *symmetry],
                "cam_models": symmetry,
                "cells": cells,
                "networks": [*networks, *(network._replace(seed=8) for network in networks)],
                "predictions": [(network, file) for network in networks for file in ("validation", "test")],
            },
        },
    }


def write(study, tmp_path, **params) -> dict[str, dict]:
    """Write the sheets; return each by its image."""
    report = tmp_path / "results" / "report"
    manifest = report / "sheets" / "ham10000" / "manifest.parquet"
    given = study["params"] | params
    run_script("write_sheets", tmp_path, study["inputs"], {"manifest": str(manifest)}, given, {"dataset": "ham10000"})
    sheets = {}
    for row in read_table(manifest).itertuples():
        path = report / "sheets" / row.path
        assert hashlib.sha256(path.read_bytes()).hexdigest() == row.sha256
        name, sheets[row.image_id] = read_script(path)
        assert name == f"sheets/ham10000/{row.image_id}"
    assert sorted(path.stem for path in manifest.parent.glob("*.js")) == sorted(sheets)
    return sheets


def test_a_sheet_has_every_stage_of_its_image(study, tmp_path):
    sheet = write(study, tmp_path)["ISIC_1"]
    assert sheet["facts"] == [
        ["Age", "65"],
        ["Sex", "male"],
        ["Lesion", "L1"],
        ["Hair", "3.1 % of the pixels"],
        ["Near-duplicates", "ISIC_9 (ISIC2016)"],
    ]
    assert (sheet["label"], sheet["size"], sheet["aspect"]) == ("nv", [600, 450], 1.333)
    for name in ("original", "hairless"):
        assert sheet[name].startswith("data:image/webp;base64,")
        assert len(sheet[name]) * 3 / 4 < MOST_BYTES
    for protocol in PROTOCOLS:
        results = sheet["protocols"][protocol]
        assert results["mask"] == sheet["truth"] != ""
        assert results["dice"] == 1
        assert results["box"] == [125, 125, 875, 938]
        assert set(results["symmetry"]) == set(MODELS)
        assert results["lesion"] == {}


def test_probabilities_are_means_over_the_networks_that_predicted_the_image(study, tmp_path):
    sheets = write(study, tmp_path)
    ones = [np.full(len(CLASSES), 0.1) + (fold + 1) * np.eye(len(CLASSES))[0] for fold in (0, 1)]
    expected = [one / one.sum() for one in ones]
    for image_id, mean, networks in (
        ("ISIC_1", expected[0], 1),
        ("ISIC_2", expected[1], 1),
        (TESTED, (expected[0] + expected[1]) / 2, 2),
    ):
        probabilities = sheets[image_id]["protocols"]["leakfree"]["probabilities"]
        assert probabilities["classes"] == list(CLASSES)
        assert probabilities["cells"][CELL] == {"mean": [round(1000 * value) for value in mean], "of": networks}


def test_cams_name_the_network_that_gave_them(study, tmp_path):
    results = write(study, tmp_path)[TESTED]["protocols"]["leakfree"]
    # The first of the study's two seeds, and the fold in the table of CAMs.
    assert results["lesion"][CELL]["network"] == "seed 7, fold 1"
    assert {model: entry["network"] for model, entry in results["symmetry"].items()} == {
        model: "fold 0" for model in MODELS
    }


def test_a_failed_cell_has_no_entry(study, tmp_path):
    results = write(study, tmp_path)[TESTED]["protocols"]["leakfree"]
    assert set(results["lesion"]) == set(results["probabilities"]["cells"]) == {CELL}


def test_what_is_unknown_is_null_or_empty(study, tmp_path):
    sheets = write(study, tmp_path)
    assert sheets["ISIC_2"]["truth"] is None
    assert sheets["ISIC_2"]["protocols"]["leakfree"]["dice"] is None
    assert sheets["ISIC_2"]["protocols"]["leakfree"]["mask"] == ""
    assert sheets["ISIC_2"]["protocols"]["leakfree"]["box"] == [0, 0, 1000, 1000]
    assert sheets[TESTED]["facts"] == [["Hair", "3.1 % of the pixels"]]


def test_a_sheet_says_what_had_seen_its_image(study, tmp_path):
    sheets = write(study, tmp_path)
    assert sheets["ISIC_1"]["protocols"]["leakfree"]["seen"] == [
        "In the development set, held out for validation in fold 0.",
        "Lesion networks of fold 0: trained on another image of its lesion; of fold 1: trained on this image.",
        "Mask, by the segmentation network of fold 1: not trained on its lesion.",
        f"Symmetry CAMs ({ALL_MASKS}), by the network of fold 0: trained on another image of its lesion.",
        "In a development set: other images of its lesion: ISIC_2 (HAM10000).",
    ]
    assert sheets["ISIC_2"]["protocols"]["thesis"]["seen"][2] == (
        "Mask, by the segmentation networks of fold 0: trained on this image; of fold 1: not trained on its lesion."
    )
    assert sheets[TESTED]["protocols"]["thesis"]["seen"] == [
        "In the test set.",
        "Lesion networks of folds 0 and 1: not trained on its lesion.",
        "Mask, by the segmentation networks of folds 0 and 1: not trained on its lesion.",
        f"Symmetry CAMs ({ALL_MASKS}), by the network of fold 0: not trained on its lesion.",
        "No copy of it and no other image of its lesion is in a development set.",
    ]


def test_without_photographs_no_file_has_pixels(study, tmp_path):
    sheets = write(study, tmp_path, photographs=False)
    assert not {"original", "hairless"} & set(sheets["ISIC_1"])
    assert sheets["ISIC_1"]["truth"]
    for path in tmp_path.glob("results/report/sheets/**/*.js"):
        assert not re.search("data:|image/", path.read_text())


def test_one_protocol_alone_has_sheets(study, tmp_path):
    assert list(write(study, tmp_path, protocols=["leakfree"])["ISIC_1"]["protocols"]) == ["leakfree"]


def test_the_sheets_of_a_former_selection_are_removed(study, tmp_path):
    write(study, tmp_path)
    write_table(
        pd.DataFrame({"dataset": ["ham10000", "isic2016"], "image_id": ["ISIC_1", "ISIC_2"]}),
        study["inputs"]["selection"],
    )
    assert list(write(study, tmp_path)) == ["ISIC_1"]


def test_verification_compares_every_sheet_with_the_manifest(study, tmp_path):
    write(study, tmp_path)
    results = tmp_path / "results"
    found = {check.path: check for check in checks(results, tmp_path / "work")}
    sheets = sorted(results.glob("report/sheets/*/*.js"))
    assert [found[path].fault() for path in sheets] == [None] * 3
    sheets[0].write_bytes(sheets[0].read_bytes().replace(b"nv", b"nx", 1))
    assert "its bytes have changed" in found[sheets[0]].fault()
    # The manifest goes too, so that the same command writes the sheets again.
    assert found[sheets[0]].remade_by == (sheets[0], sheets[0].parent / "manifest.parquet")


def test_another_photograph_than_the_indexed_one_is_refused(study, tmp_path):
    (tmp_path / "ISIC_1.png").write_bytes((tmp_path / "ISIC_2.png").read_bytes())
    with pytest.raises(RuntimeError, match=r"ISIC_1\.png: its SHA-256 is"):
        write(study, tmp_path)
