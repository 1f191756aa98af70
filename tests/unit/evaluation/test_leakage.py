"""The audit finds every planted leak of each kind, and none where there is none."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from jobs import run_script
from page_results import DETECTION
from selcn.data.splits.patient_groups import PATIENT as PATIENT_ID
from selcn.design.trained_networks import ALL_FOLDS, TrainedNetwork
from selcn.evaluation.leakage import (
    DATA_SET,
    PATIENT,
    ImageRelations,
    ModelUse,
    audit,
    leaks_of,
    oracle_artifact,
    overlaps,
    sharing_patients,
)
from selcn.evaluation.model_uses import Trained, applications, symmetry_network_of
from selcn.report.tables.blocks import as_markdown
from selcn.report.tables.leakage import audit_blocks
from selcn.storage.artifacts import write_json, write_table
from selcn.storage.checksums import record

GROUPS = pd.DataFrame(
    [
        ("ham10000", "a", "a"),
        ("ham10000", "b", "a"),  # the lesion of a
        ("ham10000", "c", "c"),
        ("ham10000", "e", "c"),  # a near-duplicate of c
        ("isic2019", "a_downsampled", "a"),  # the image a
        ("isic2019", "f", "f"),
        ("symderm", "d", "d"),
    ],
    columns=["dataset", "image_id", "group"],
)
PAIRS = pd.DataFrame({"image_id_a": ["c"], "image_id_b": ["e"]})
IN_HAM = GROUPS.loc[GROUPS["dataset"] == "ham10000", "image_id"]
KNOWN = ImageRelations.of(GROUPS, PAIRS)


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


# Images a, b and f are of one patient; so is a_downsampled, which is image a.
PATIENTS = {
    "ham10000": pd.DataFrame({"image_id": ["a", "c"], PATIENT_ID: ["p", "q"]}),
    "isic2019": pd.DataFrame({"image_id": ["a_downsampled", "f"], PATIENT_ID: [None, "p"]}),
}
WITH_PATIENTS = ImageRelations.of(GROUPS, PAIRS, PATIENTS)


@pytest.mark.parametrize(
    ("image", "trained_on", "found"),
    [
        ("f", ["a"], PATIENT),
        ("f", ["b"], PATIENT),
        ("b", ["f"], PATIENT),
        ("a_downsampled", ["f"], PATIENT),
        ("b", ["a", "f"], "lesion"),
        ("f", ["f", "a"], "same_image"),
        ("c", ["e", "a"], "copy"),
        ("f", ["c", "d"], None),
        ("d", ["a"], None),
    ],
)
def test_a_shared_patient_is_named_only_where_nothing_more_is_shared(image, trained_on, found):
    leaks = leaks_of(pd.Series([image]), pd.Series(trained_on, dtype=str), WITH_PATIENTS).iloc[0]
    assert [name for name, leaked in leaks.items() if leaked] == ([found] if found else [])


def test_shared_patients_are_counted_apart_and_only_where_patients_are_known():
    use = ModelUse("lesion prediction", "ham10000", "test", pd.Series(["b", "f", "d"]), pd.Series(["a"]))
    shared = ModelUse(DATA_SET, "ham10000", "isic2019", pd.Series(["f"]), IN_HAM)
    table, before = audit([use, shared], WITH_PATIENTS), audit([use, shared], KNOWN)
    assert PATIENT not in before
    pd.testing.assert_frame_equal(table.drop(columns=PATIENT), before)
    assert table[["images", "images_leaked", PATIENT]].to_numpy().tolist() == [[3, 1, 1], [1, 0, 1]]
    assert sharing_patients(table)["artifact"].tolist() == ["lesion prediction"]
    assert sharing_patients(before).empty
    texts = [as_markdown(audit_blocks(rows, rows[:0], "thesis", "", demo=False)) for rows in (table[:1], before[:1])]
    head, _, line = [" ".join(row.split()) for row in texts[0].splitlines() if row.startswith("|")][:3]
    assert head.endswith("| On its lesion | On another lesion of its patient |")
    assert line == "| lesion prediction | ham10000 | test | 3 | 1 | 33.3% | 3 | 0 | 0 | 1 | 1 |"
    assert "`split.by`" in texts[0]
    assert "atient" not in texts[1]


@pytest.mark.parametrize("by", ["patient", "lesion"])
def test_a_shared_patient_stops_the_leakfree_protocol_where_it_divides_by_patient(tmp_path, monkeypatch, by):
    """The tested image c and the trained one, a, are of one patient."""
    monkeypatch.chdir(tmp_path)
    index = pd.DataFrame({"image_id": ["a", "c"], PATIENT_ID: ["p", "p"]})
    assert run_audit(tmp_path, "thesis", Planted(), by=by, index=index).loc["lesion prediction", PATIENT] == 1
    if by == "lesion":
        assert run_audit(tmp_path, "leakfree", Planted(), by=by, index=index).loc["lesion prediction", PATIENT] == 1
        return
    with pytest.raises(RuntimeError, match=r"1 uses of .* models \(.*\) on .* share a patient .* split\.by is patient"):
        run_audit(tmp_path, "leakfree", Planted(), by=by, index=index)


def test_uses_are_counted_by_pair_and_by_image():
    seen = pd.Series(["a"])
    uses = [
        ModelUse("mask", "ham10000", "isic2019", pd.Series(["a_downsampled", "f"]), seen),
        ModelUse("mask", "ham10000", "isic2019", pd.Series(["a_downsampled", "f"]), pd.Series(["c"])),
        ModelUse("lesion prediction", "ham10000", "test", pd.Series(["b", "c"]), seen),
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
    uses = [ModelUse("mask", "ham10000", "symderm", pd.Series(["b", "d"]), pd.Series(["a"]))]
    shared = audit([ModelUse("data set", "ham10000", "isic2019", pd.Series(["a_downsampled", "f"]), IN_HAM)], KNOWN)
    text = as_markdown(audit_blocks(audit(uses, KNOWN), shared, "thesis", "Of 9 pairs, 8 are found.", demo=True))
    rows = [" ".join(line.split()) for line in text.splitlines()]
    assert "| mask | ham10000 | symderm | 2 | 1 | 50.0% | 2 | 0 | 0 | 1 |" in rows
    assert "| isic2019 | all of ham10000 | 2 | 1 | 50.0% | 1 | 0 | 0 | 1 |" in rows
    assert "**Demo data.**" in text
    assert "known lesions and pairs only. Of 9 pairs, 8 are found." in text


@dataclass(frozen=True)
class Planted:
    """What may leak: a mask (fold, image), the tested image, a sham's receiver and giver, split and search."""

    mask_fold: int = 1
    masked: str = "b"
    tested: str = "c"
    sham: str = "zeros"
    receiver: str = "d"
    giver: str = "f"
    held_out: str = "c"
    searched: str = "a"


UNET = [TrainedNetwork("segmentation", "ham10000", "unet", fold) for fold in (0, 1)]
LESION = TrainedNetwork("lesion", "ham10000", "cls-none_sym-none", 0, seed=1)
TRAINED = {
    UNET[0]: ["a"],
    UNET[1]: ["c"],
    TrainedNetwork("symmetry", "symderm", "none", 0): ["d"],
    TrainedNetwork("symmetry", "symderm", "malignancy", 0): ["d"],
    LESION: ["a"],
}


def write_study(protocol: str, planted: Planted) -> dict[str, list]:
    """Write the files of a study with the networks of `TRAINED`."""
    results = f"results/{protocol}"
    training_ids = [f"{results}/{number}/training_ids.parquet" for number in range(len(TRAINED))]
    for path, trained in zip(training_ids, TRAINED.values(), strict=True):
        write_table(pd.DataFrame({"image_id": trained}), path)
    write_json({"architecture": "unet"}, f"{results}/segmentation/selected.json")
    sham = {"image_id": [planted.receiver], "fold": [0]}
    sham |= {"giver": [planted.giver]} if planted.sham == "shuffled" else {}
    uses = {
        "counts": (
            f"{results}/segmentation/unet/fold-0/counts.parquet",
            {"image_id": ["c", "f"], "subset": ["validation", "test"]},
        ),
        "masks": (
            f"{results}/masks/ham10000/manifest.parquet",
            {"image_id": [planted.masked], "fold": [planted.mask_fold]},
        ),
        "cams": (f"{results}/cams/ham10000/none/cams.parquet", {"image_id": ["b"], "fold": [0]}),
        "shams": (f"{results}/cams/ham10000/{planted.sham}/cams.parquet", sham),
        "lesion_cams": (
            f"{results}/lesion/ham10000/cls-none_sym-none/cams.parquet",
            {"image_id": ["f"], "fold": [0]},
        ),
        "predictions": (
            f"{results}/lesion/ham10000/cls-none_sym-none/seed-1/fold-0/predictions/test.parquet",
            {"image_id": [planted.tested]},
        ),
    }
    for path, columns in uses.values():
        write_table(pd.DataFrame(columns), path)
    splits = [f"{results}/splits/{dataset}.parquet" for dataset in ("ham10000", "isic2019")]
    held_out = pd.DataFrame({"image_id": ["a", planted.held_out], "role": ["pool", "test"], "label": "nv"})
    write_table(held_out, splits[0])
    write_table(pd.DataFrame({"image_id": ["a_downsampled"], "role": ["seen"], "label": ["nv"]}), splits[1])
    searched = {"image_id": ["a", planted.searched, "c"], "search_fold": [1, 0, -1]}
    used = {"train": [True, False, False], "validation": [False, True, False]}
    write_table(pd.DataFrame(searched | used), "results/searched.parquet")
    write_table(GROUPS, "results/lesions/groups.parquet")
    write_table(PAIRS.assign(certainty="certain", distance=3), "results/lesions/pairs.parquet")
    DETECTION.to_csv("results/lesions/detection.csv", index=False)
    return {
        "trained": training_ids,
        "selected": f"{results}/segmentation/selected.json",
        "groups": "results/lesions/groups.parquet",
        "pairs": "results/lesions/pairs.parquet",
        "detection": "results/lesions/detection.csv",
        "splits": splits,
        "searched": ["results/searched.parquet"],
        **{name: [path] for name, (path, _) in uses.items() if name != "shams"},
        "cams": [uses["cams"][0], uses["shams"][0]],
    }


def params_of(planted: Planted, *oracles: TrainedNetwork) -> dict[str, object]:
    return {
        "demo": False,
        "splits": ["ham10000", "isic2019"],
        "searched": ["ham10000"],
        "trained": list(TRAINED),
        "masks": ["ham10000"],
        "counts": [UNET[0]],
        "cams": [("ham10000", "none"), ("ham10000", planted.sham)] + [("ham10000", "oracle50") for _ in oracles],
        "lesion_cams": [LESION, *oracles],
        "predictions": [(LESION, "test"), *((oracle, "test") for oracle in oracles)],
    }


def run_audit(
    folder, protocol: str, planted: Planted, *oracles: TrainedNetwork, by: str = "patient", index=None, sources=()
) -> pd.DataFrame:
    """Audit such a study; oracle controls predict image b, and have the maps and the CAMs of other cells.

    Parameters
    ----------
    by, index
        The key `split.by`, and HAM10000's index where it knows patients.
    sources
        Predictions and training images of networks without a source, where there are any.
    """
    inputs = write_study(protocol, planted)
    known = ["ham10000"] if index is not None else []
    inputs["patients"] = [f"results/data/{dataset}/index.parquet" for dataset in known]
    for path in inputs["patients"]:
        write_table(index, path)
    inputs |= {"source_predictions": [], "source_trained": []}
    for name, table in zip(("source_predictions", "source_trained"), sources, strict=False):
        inputs[name] = [f"results/{name}.parquet"]
        write_table(table, inputs[name][0])
    for oracle in oracles:
        predictions = f"results/{oracle.model}.parquet"
        write_table(pd.DataFrame({"image_id": ["b"]}), predictions)
        for name, path in {"cams": inputs["cams"][0], "lesion_cams": inputs["lesion_cams"][0]}.items():
            inputs[name] = [*inputs[name], path]
        inputs["predictions"] = [*inputs["predictions"], predictions]
    for paths in inputs.values():
        for path in [paths] if isinstance(paths, str) else paths:
            record(path)
    outputs = {kind: f"results/audit.{kind}" for kind in ("csv", "md", "html")}
    params = params_of(planted, *oracles) | {"patients": known, "by": by, "lesion_set": "ham10000"}
    run_script("audit_leaks", folder, inputs, outputs, params, {"protocol": protocol})
    return pd.read_csv("results/audit.csv").set_index("artifact")


@pytest.mark.parametrize(
    "planted",
    [Planted(sham="zeros"), Planted(sham="gaussian"), Planted(sham="shuffled", receiver="c", giver="f")],
)
def test_the_rule_passes_where_nothing_leaks_though_data_sets_share_images(tmp_path, monkeypatch, planted):
    monkeypatch.chdir(tmp_path)
    leaked = run_audit(tmp_path, "leakfree", planted)["images_leaked"]
    assert leaked.drop("data set").sum() == 0
    assert leaked["data set"] == 1


@pytest.mark.parametrize(
    ("planted", "leaking"),
    [
        (Planted(mask_fold=0), "mask"),
        (Planted(mask_fold=-1), "mask"),
        (Planted(mask_fold=-1, masked="e"), "mask"),
        (Planted(tested="b"), "lesion prediction"),
        (Planted(sham="shuffled"), "sham: shuffled"),
        # The network that made the giver's CAM was trained on the giver.
        (Planted(sham="shuffled", receiver="f", giver="d"), "sham: shuffled, giver"),
        # A test image is given a CAM of the development set, and the other way round.
        (Planted(sham="shuffled", receiver="c", giver="b"), "sham: shuffled, side of the split"),
        (Planted(sham="shuffled", receiver="a", giver="e"), "sham: shuffled, side of the split"),
        (Planted(sham="malignancy"), "sham: malignancy"),
        (Planted(searched="e"), "search"),
    ],
)
def test_the_rule_fails_in_the_leakfree_protocol_and_counts_in_the_thesis_s(tmp_path, monkeypatch, planted, leaking):
    monkeypatch.chdir(tmp_path)
    leaked = run_audit(tmp_path, "thesis", planted)["images_leaked"].drop("data set")
    assert leaked[leaked > 0].to_dict() == {leaking: 1}
    with pytest.raises(RuntimeError, match=rf"leakage in the leakfree protocol: .*\({leaking}\)"):
        run_audit(tmp_path, "leakfree", planted)


@pytest.mark.parametrize("trained_on", ["c", "b", "e"])
def test_networks_without_a_source_are_audited_each_with_what_it_was_trained_on(tmp_path, monkeypatch, trained_on):
    """Image a is of source x, c of y; the networks without x were trained on one that may be of the lesion of a."""
    monkeypatch.chdir(tmp_path)
    predictions = pd.DataFrame({"source": ["x", "x", "y"], "fold": [0, 1, 0], "image_id": ["a", "a", "c"]})
    trained = pd.DataFrame({"source": ["x", "x", "y"], "fold": [0, 1, 0], "image_id": [trained_on, "c", "b"]})
    row = run_audit(tmp_path, "thesis", Planted(), sources=(predictions, trained)).loc[
        "lesion prediction, source left out"
    ]
    leaked = int(trained_on == "b")
    assert row[["dataset", "applied_to", "pairs", "images"]].tolist() == ["ham10000", "sources", 3, 2]
    assert row[["images_leaked", "same_image", "copy", "lesion"]].tolist() == [leaked, 0, 0, leaked]
    if leaked:
        with pytest.raises(RuntimeError, match=r"lesion prediction, source left out"):
            run_audit(tmp_path, "leakfree", Planted(), sources=(predictions, trained))


def test_a_test_set_that_shares_lesions_with_the_development_set_shares_them_with_the_search_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    leaked = run_audit(tmp_path, "thesis", Planted(held_out="b"))["images_leaked"].drop("data set")
    assert leaked[leaked > 0].to_dict() == {"test set": 1, "search": 1}
    with pytest.raises(RuntimeError, match=r"leakage in the leakfree protocol: .*\(test set\)"):
        run_audit(tmp_path, "leakfree", Planted(held_out="b"))


def test_searches_have_a_section_where_there_are_any():
    without, search = audit([], KNOWN), ModelUse("search", "ham10000", "ham10000", pd.Series(["b", "d"]), IN_HAM[:1])
    text = as_markdown(audit_blocks(without, audit([search], KNOWN), "thesis", "", demo=False))
    rows = [" ".join(line.split()) for line in text.splitlines()]
    assert "| ham10000 | the search on ham10000 | 2 | 1 | 50.0% | 0 | 0 | 1 |" in rows
    assert "search" not in as_markdown(audit_blocks(without, without, "thesis", "", demo=False))


def test_a_sham_control_by_an_unknown_network_is_not_passed_over():
    with pytest.raises(ValueError, match="CAM source borders: made by an unknown network"):
        symmetry_network_of("borders")


def test_a_mask_in_a_cam_s_place_is_the_segmentation_network_s(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table = run_audit(tmp_path, "leakfree", Planted(sham="mask"))
    assert table.loc["sham: mask", ["dataset", "images", "images_leaked"]].tolist() == ["ham10000", 1, 0]


@pytest.mark.parametrize("trained_on", ["a", "b"])
def test_what_an_oracle_control_is_given_has_a_row_of_its_own_and_is_no_leak(tmp_path, monkeypatch, trained_on):
    """Of a network that predicts the image it was trained on, too: it is left out whatever it saw."""
    monkeypatch.chdir(tmp_path)
    oracle = LESION._replace(model="cls-none_sym-oracle50")
    monkeypatch.setitem(TRAINED, oracle, [trained_on])
    table = run_audit(tmp_path, "leakfree", Planted(), oracle).reset_index()
    rows = table[table["artifact"] == "oracle: oracle50, given the label"].set_index("applied_to")
    assert rows[["dataset", "images", "images_leaked"]].to_numpy().tolist() == [
        ["ham10000", 1, 0], ["ham10000", 1, 1],
    ]  # fmt: skip
    assert rows.index.tolist() == ["ham10000", "test"]
    others = run_audit(tmp_path, "leakfree", Planted()).reset_index()
    assert table.drop(index=table.index[table["artifact"].isin(rows["artifact"])]).to_numpy().tolist() == (
        others.to_numpy().tolist()
    )
    text = Path("results/audit.md").read_text()
    assert "oracle" not in text


def test_the_audit_lists_oracle_controls_apart_and_says_that_its_claim_leaves_them_out():
    uses = [
        ModelUse("lesion prediction", "ham10000", "test", pd.Series(["f"]), IN_HAM[:1]),
        ModelUse(oracle_artifact("oracle"), "ham10000", "test", pd.Series(["f", "d"]), IN_HAM[:1]),
    ]
    text = as_markdown(audit_blocks(audit(uses, KNOWN), audit([], KNOWN), "leakfree", "", demo=False))
    first, of_oracles, *_ = text.split("## ")[1:]
    assert "oracle" not in first
    rows = [" ".join(line.split()) for line in of_oracles.splitlines()]
    assert rows[0] == "Oracle controls, given the label"
    assert "| oracle: oracle, given the label | test | 2 | 2 |" in rows
    assert "given the label by design and are left out of this claim." in of_oracles
    assert "racle" not in as_markdown(
        audit_blocks(audit(uses[:1], KNOWN), audit([], KNOWN), "leakfree", "", demo=False)
    )


def test_a_data_set_without_test_set_or_development_set_is_in_no_row_of_these(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table = run_audit(tmp_path, "leakfree", Planted())
    assert table.loc[["test set"], ["dataset", "applied_to"]].to_numpy().tolist() == [["ham10000", "ham10000"]]
    assert table.loc[["data set"], ["dataset", "applied_to"]].to_numpy().tolist() == [["ham10000", "isic2019"]]


def test_of_another_data_set_images_of_ham10000_s_classes_are_compared_if_it_has_these_classes():
    rows = {"ham10000": [("a", "nv")], "isic2019": [("b", "nv"), ("c", "unk")], "symderm": [("d", "symmetric")]}
    columns = ["image_id", "label"]
    splits = {name: pd.DataFrame(images, columns=columns).assign(role="pool") for name, images in rows.items()}
    compared = {use.applied_to: use.image_ids.tolist() for use in overlaps(splits, {}) if use.artifact == DATA_SET}
    assert compared == {"isic2019": ["b"], "symderm": ["d"]}


@pytest.mark.parametrize("name", ["trained", "masks", "counts", "cams", "lesion_cams", "predictions"])
def test_a_file_that_is_missing_from_the_audit_s_inputs_is_noticed(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    inputs = write_study("leakfree", Planted())
    inputs[name].pop()
    with pytest.raises(ValueError, match="shorter than"):
        list(applications(SimpleNamespace(**inputs), SimpleNamespace(**params_of(Planted()))))


def test_the_networks_of_all_folds_saw_what_each_of_them_saw(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trained = Trained(TRAINED, write_study("leakfree", Planted())["trained"])
    for network, images in ((UNET[0], ["a", "c"]), (LESION, ["a"])):
        assert sorted(trained.of(network._replace(fold=ALL_FOLDS))) == images
    assert [trained.of(network).tolist() for network in UNET] == [["a"], ["c"]]
