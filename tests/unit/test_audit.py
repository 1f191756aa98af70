"""The audit finds every leak that is planted, of each kind, and none where there is none."""

import pandas as pd
import pytest

from jobs import run_script
from selcn.artifacts import write_json, write_table
from selcn.audit import Application, Photographs, audit, leaks_of
from selcn.audit_table import to_markdown
from selcn.checksums import record

GROUPS = pd.DataFrame(
    [
        ("ham10000", "a", "a"),
        ("ham10000", "b", "a"),  # the lesion of a
        ("ham10000", "c", "c"),
        ("ham10000", "e", "c"),  # a near-duplicate of c
        ("isic2019", "a_downsampled", "a"),  # the photograph a
        ("isic2019", "f", "f"),
        ("symderm", "d", "d"),
    ],
    columns=["dataset", "image_id", "group"],
)
PAIRS = pd.DataFrame({"image_id_a": ["c"], "image_id_b": ["e"]})
KNOWN = Photographs.known(GROUPS, PAIRS)


@pytest.mark.parametrize(
    ("image", "trained_on", "found"),
    [
        ("a", ["a"], "same_image"),
        ("a_downsampled", ["a"], "same_image"),
        ("a", ["a_downsampled"], "same_image"),
        ("b", ["a"], "lesion"),
        ("b", ["a_downsampled"], "lesion"),
        ("e", ["c"], "copy"),
        ("c", ["e"], "copy"),
        ("c", ["e", "c"], "same_image"),
        ("f", ["a", "c"], None),
        ("d", [], None),
    ],
)
def test_every_planted_leak_is_found_and_named_once(image, trained_on, found):
    leaks = leaks_of(pd.Series([image]), pd.Series(trained_on, dtype=str), KNOWN).iloc[0]
    assert [name for name, leaked in leaks.items() if leaked] == ([found] if found else [])


def test_uses_are_counted_by_pair_and_by_image():
    seen = pd.Series(["a"])
    uses = [
        Application("mask", "ham10000", "isic2019", pd.Series(["a_downsampled", "f"]), seen),
        Application("mask", "ham10000", "isic2019", pd.Series(["a_downsampled", "f"]), pd.Series(["c"])),
        Application("lesion prediction", "ham10000", "test", pd.Series(["b", "c"]), seen),
    ]
    table = audit(uses, KNOWN).set_index(["artifact", "applied_to"])
    masks = table.loc[("mask", "isic2019")]
    assert masks[["pairs", "images", "images_leaked", "same_image", "copy", "lesion"]].tolist() == [4, 2, 1, 1, 0, 0]
    predictions = table.loc[("lesion prediction", "test")]
    assert predictions[["pairs", "images", "images_leaked", "same_image", "copy", "lesion"]].tolist() == [
        2,
        2,
        1,
        0,
        0,
        1,
    ]


def test_the_table_says_how_many_of_how_many(tmp_path):
    uses = [Application("mask", "ham10000", "symderm", pd.Series(["b", "d"]), pd.Series(["a"]))]
    text = to_markdown(audit(uses, KNOWN), "thesis", demo=True)
    assert "| mask | ham10000 | symderm | 2 | 1 | 50.0% | 2 | 0 | 0 | 1 |" in text
    assert "say nothing about any real data" in text


def write_study(protocol: str, mask_fold: int, tested: str) -> dict[str, list]:
    """Write the files of a study whose lesion model of fold 0 was trained on a, and of fold 1 on c."""
    results = f"results/{protocol}"
    ids = {
        f"{results}/segmentation/unet/fold-0": ["a"],
        f"{results}/segmentation/unet/fold-1": ["c"],
        f"{results}/symmetry/none/fold-0": ["d"],
        f"{results}/lesion/ham10000/cls-none_sym-none/seed-1/fold-0": ["a"],
    }
    for folder, trained in ids.items():
        write_table(pd.DataFrame({"image_id": trained}), f"{folder}/training_ids.parquet")
    write_json({"architecture": "unet"}, f"{results}/segmentation/selected.json")
    uses = {
        "counts": (
            f"{results}/segmentation/unet/fold-0/counts.parquet",
            {"image_id": ["c", "f"], "subset": ["validation", "test"]},
        ),
        "masks": (f"{results}/masks/ham10000/manifest.parquet", {"image_id": ["b"], "fold": [mask_fold]}),
        "cams": (f"{results}/cams/ham10000/none/cams.parquet", {"image_id": ["b"], "fold": [0]}),
        "lesion_cams": (
            f"{results}/lesion/ham10000/cls-none_sym-none/cams.parquet",
            {"image_id": ["f"], "fold": [0]},
        ),
        "predictions": (
            f"{results}/lesion/ham10000/cls-none_sym-none/seed-1/fold-0/predictions/test.parquet",
            {"image_id": [tested]},
        ),
    }
    for path, columns in uses.values():
        write_table(pd.DataFrame(columns), path)
    write_table(GROUPS, "results/lesions/groups.parquet")
    write_table(PAIRS, "results/lesions/pairs.parquet")
    return {
        "trained": [f"{folder}/training_ids.parquet" for folder in ids],
        "selected": f"{results}/segmentation/selected.json",
        "groups": "results/lesions/groups.parquet",
        "pairs": "results/lesions/pairs.parquet",
        **{name: [path] for name, (path, _) in uses.items()},
    }


def run_audit(folder, protocol: str, mask_fold: int, tested: str) -> pd.DataFrame:
    inputs = write_study(protocol, mask_fold, tested)
    for paths in inputs.values():
        for path in [paths] if isinstance(paths, str) else paths:
            record(path)
    outputs = {"csv": "results/audit.csv", "md": "results/audit.md"}
    run_script("audit_leaks", folder, inputs, outputs, {"demo": False}, {"protocol": protocol})
    return pd.read_csv("results/audit.csv").set_index("artifact")


def test_the_rule_passes_where_nothing_leaks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_audit(tmp_path, "leakfree", 1, "c")["images_leaked"].sum() == 0


@pytest.mark.parametrize(
    ("mask_fold", "tested", "leaking"), [(0, "c", "mask"), (-1, "c", "mask"), (1, "b", "lesion p")]
)
def test_the_rule_fails_in_the_leakfree_protocol_and_counts_in_the_thesis_s(
    tmp_path, monkeypatch, mask_fold, tested, leaking
):
    monkeypatch.chdir(tmp_path)
    table = run_audit(tmp_path, "thesis", mask_fold, tested)
    assert table["images_leaked"].sum() == 1
    with pytest.raises(RuntimeError, match=rf"the leakfree protocol leaks: .*\({leaking}"):
        run_audit(tmp_path, "leakfree", mask_fold, tested)
