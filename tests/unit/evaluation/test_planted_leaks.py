"""A leak of each kind, planted among photographs: the rules from the pictures to the audit find every one."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from jobs import run_script
from page_results import DETECTION
from photographs import brightened, encoded, skin, taken_anew
from selcn.design.trained_networks import TrainedNetwork
from selcn.storage.artifacts import sha256_of, write_json, write_table
from selcn.storage.checksums import record

TRAINED = "ISIC_0000001"
ANEW = "ISIC_0000007"
SAME_LESION, TURNED, NEAR, OTHER = "ISIC_0000002", "ISIC_0000003", "ISIC_0000004", "ISIC_0000005"


PHOTOGRAPHS = {
    "ham10000": {TRAINED: skin(1), SAME_LESION: skin(2), OTHER: skin(3), ANEW: taken_anew(skin(1))},
    "isic2019": {
        f"{TRAINED}_downsampled": skin(1),
        # Under ids that reveal nothing.
        TURNED: np.rot90(skin(1)),
        NEAR: encoded(brightened(skin(1)), 60),
        "ISIC_0000006": skin(4),
    },
}
# That a photograph was taken anew, its lesion id conceals.
LESIONS = {TRAINED: "HAM_1", SAME_LESION: "HAM_1", OTHER: "HAM_2", ANEW: "HAM_3"}


@pytest.fixture
def known(tmp_path, monkeypatch) -> dict[str, str]:
    """Find the near-duplicates among the photographs, and group them, as the rules do."""
    monkeypatch.chdir(tmp_path)
    found, indices = {}, []
    for dataset, images in PHOTOGRAPHS.items():
        packed, index = Path("results/packed", dataset), Path("results/data", dataset, "index.parquet")
        write_table(pd.DataFrame({"image_id": list(images)}), packed / "manifest.parquet")
        (packed / "shard-0").mkdir()
        np.save(packed / "shard-0/images.npy", np.stack(list(images.values())))
        lesions = [LESIONS.get(name, name) for name in images]
        files = [Path("photographs", f"{name}.png") for name in images]
        for file, image in zip(files, images.values(), strict=True):
            file.parent.mkdir(exist_ok=True)
            cv2.imwrite(str(file), image[..., ::-1])
        listed = {"path": map(str, files), "sha256": map(sha256_of, files), "age": 50.0, "sex": "male", "site": "back"}
        write_table(pd.DataFrame({"image_id": list(images), "lesion_id": lesions, **listed}), index)
        found[f"{dataset}_rows"] = str(packed / "manifest.parquet")
        found[f"{dataset}_images"] = str(packed / "shard-0/images.npy")
        indices.append(str(index))
    for path in (*found.values(), *indices):
        record(path)
    datasets = {"datasets": list(PHOTOGRAPHS)}
    lesions = Path("results/lesions")
    known = {name: str(lesions / f"{name}.parquet") for name in ("pairs", "groups")}
    searched = {name: str(lesions / f"{name}.parquet") for name in ("copies", "candidates")}

    def made(script: str, inputs: dict, outputs: dict, params: dict, wildcards: dict | None = None) -> None:
        run_script(script, tmp_path, inputs, outputs, params | {"code": script}, wildcards)
        for path in outputs.values():
            record(path)

    made("find_copies", found, {"copies": searched["copies"]}, {"distance": 48, "correlation": 0.96, **datasets})
    keypoints = {}
    for dataset, index in zip(PHOTOGRAPHS, indices, strict=True):
        place = lesions / "keypoints" / dataset / "shard-0"
        files = {"keypoints": str(place / "keypoints.npy"), "manifest": str(place / "manifest.parquet")}
        shard = {"shard": {"shard": 0, "shards": 1, "dataset": dataset}}
        made("find_keypoints", {"index": index}, files, shard)
        keypoints |= {f"{dataset}_keypoints": files["keypoints"], f"{dataset}_keypoint_rows": files["manifest"]}
    made(
        "choose_candidates",
        found | keypoints | {"indices": indices},
        {"candidates": searched["candidates"]},
        datasets | {"nearest": 9, "seed": 1},
    )
    matches = str(lesions / "matches/part-0/matches.parquet")
    compared = keypoints | {"candidates": searched["candidates"]}
    made("compare_candidates", compared, {"matches": matches}, datasets | {"parts": 1}, {"part": "0"})
    decided = {"copies": searched["copies"], "matches": [matches], "indices": indices}
    made("find_duplicates", decided, {"pairs": known["pairs"]}, datasets | {"certain": 10, "doubtful": 7})
    grouped = {"indices": indices, "pairs": known["pairs"]}
    run_script("group_lesions", tmp_path, grouped, {"groups": known["groups"]}, datasets)
    record(known["groups"])
    return known


def audit(known: dict[str, str], protocol: str, applied_to: str) -> pd.Series:
    """Return what the audit counts where a lesion model that was trained on one image is applied to another."""
    cell = Path("results", protocol, "lesion/ham10000/cls-none_sym-off/seed-1/fold-0")
    trained, predictions = cell / "training_ids.parquet", cell / "predictions/test.parquet"
    selected = Path("results", protocol, "segmentation/selected.json")
    write_table(pd.DataFrame({"image_id": [TRAINED]}), trained)
    write_table(pd.DataFrame({"image_id": [applied_to]}), predictions)
    write_json({"architecture": "unet"}, selected)
    detection = Path("results/lesions/detection.csv")
    DETECTION.to_csv(detection, index=False)
    network = TrainedNetwork("lesion", "ham10000", "cls-none_sym-off", 0, seed=1)
    inputs = {"trained": [str(trained)], "predictions": [str(predictions)], "selected": str(selected)}
    for path in (trained, predictions, selected, detection):
        record(path)
    unused = {
        name: []
        for name in (
            "masks",
            "counts",
            "cams",
            "lesion_cams",
            "searched",
            "patients",
            "source_predictions",
            "source_trained",
        )
    }
    splits = Path("results", protocol, "splits/ham10000.parquet")
    write_table(pd.DataFrame({"image_id": [OTHER], "role": ["test"], "label": ["nv"]}), splits)
    record(splits)
    outputs = {kind: f"results/audit.{kind}" for kind in ("csv", "md", "html")}
    run_script(
        "audit_leaks",
        Path(),
        known | inputs | unused | {"splits": [str(splits)], "detection": str(detection)},
        outputs,
        unused
        | {"demo": False, "by": "patient", "lesion_set": "ham10000", "splits": ["ham10000"]}
        | {"trained": [network], "predictions": [(network, "test")]},
        {"protocol": protocol},
    )
    return pd.read_csv("results/audit.csv").iloc[0]


@pytest.mark.parametrize(
    ("applied_to", "kind"),
    [
        (TRAINED, "same_image"),
        (f"{TRAINED}_downsampled", "same_image"),
        (TURNED, "copy"),
        (NEAR, "copy"),
        (SAME_LESION, "lesion"),
        (ANEW, "lesion"),
    ],
)
def test_a_planted_leak_is_counted_in_the_thesis_s_protocol_and_stops_the_leakfree(known, applied_to, kind):
    counted = audit(known, "thesis", applied_to)
    assert counted[["images_leaked", "same_image", "copy", "lesion"]].to_dict() == {
        "images_leaked": 1,
        **{name: int(name == kind) for name in ("same_image", "copy", "lesion")},
    }
    with pytest.raises(RuntimeError, match="leakage in the leakfree protocol"):
        audit(known, "leakfree", applied_to)


@pytest.mark.parametrize("applied_to", [OTHER, "ISIC_0000006"])
def test_other_lesions_are_no_leak(known, applied_to):
    assert audit(known, "leakfree", applied_to)["images_leaked"] == 0
