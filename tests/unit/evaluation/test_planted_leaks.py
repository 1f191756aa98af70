"""A leak of each kind, planted among photographs: the rules from the pictures to the audit find every one."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jobs import run_script
from photographs import brightened, encoded, skin
from selcn.design.trained_networks import TrainedNetwork
from selcn.storage.artifacts import write_json, write_table
from selcn.storage.checksums import record

TRAINED = "ISIC_0000001"
SAME_LESION, TURNED, NEAR, OTHER = "ISIC_0000002", "ISIC_0000003", "ISIC_0000004", "ISIC_0000005"
PHOTOGRAPHS = {
    "ham10000": {TRAINED: skin(1), SAME_LESION: skin(2), OTHER: skin(3)},
    "isic2019": {
        f"{TRAINED}_downsampled": skin(1),
        # Under ids that reveal nothing.
        TURNED: np.rot90(skin(1)),
        NEAR: encoded(brightened(skin(1)), 60),
        "ISIC_0000006": skin(4),
    },
}
LESIONS = {TRAINED: "HAM_1", SAME_LESION: "HAM_1", OTHER: "HAM_2"}


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
        write_table(pd.DataFrame({"image_id": list(images), "lesion_id": lesions}), index)
        found[f"{dataset}_rows"] = str(packed / "manifest.parquet")
        found[f"{dataset}_images"] = str(packed / "shard-0/images.npy")
        indices.append(str(index))
    for path in (*found.values(), *indices):
        record(path)
    datasets = {"datasets": list(PHOTOGRAPHS)}
    known = {name: f"results/lesions/{name}.parquet" for name in ("pairs", "groups")}
    params = {"distance": 48, "correlation": 0.96, **datasets}
    run_script("find_duplicates", tmp_path, found, {"pairs": known["pairs"]}, params)
    record(known["pairs"])
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
    network = TrainedNetwork("lesion", "ham10000", "cls-none_sym-off", 0, seed=1)
    inputs = {"trained": [str(trained)], "predictions": [str(predictions)], "selected": str(selected)}
    for path in (trained, predictions, selected):
        record(path)
    unused = {name: [] for name in ("masks", "counts", "cams", "lesion_cams", "searched")}
    splits = Path("results", protocol, "splits/ham10000.parquet")
    write_table(pd.DataFrame({"image_id": [OTHER], "role": ["test"], "label": ["nv"]}), splits)
    record(splits)
    outputs = {kind: f"results/audit.{kind}" for kind in ("csv", "md", "html")}
    run_script(
        "audit_leaks",
        Path(),
        known | inputs | unused | {"splits": [str(splits)]},
        outputs,
        unused | {"demo": False, "splits": ["ham10000"], "trained": [network], "predictions": [(network, "test")]},
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
