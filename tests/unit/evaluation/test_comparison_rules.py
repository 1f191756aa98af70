"""The comparison scripts on simulated studies: planted differences are found, noise is not, lesions are resampled."""

import numpy as np
import pandas as pd
import pytest

from jobs import run_script
from selcn.evaluation.comparisons.pairs import Question
from selcn.evaluation.comparisons.table import HIGHER, LOWER, NOT_SIGNIFICANT
from selcn.evaluation.runs import runs_of
from selcn.storage.artifacts import read_table, write_json, write_table
from simulated_files import Images, networks_of, write_localisation, write_predictions

SYMMETRY_MODELS = ["none", "seg", "lae"]
OFF, CAM, ZEROS, MASKED = "cls-none_sym-off", "cls-none_sym-none", "cls-none_sym-zeros", "cls-seg_sym-off"
EVALUATED = [OFF, CAM, ZEROS, MASKED, *SYMMETRY_MODELS]
PARAMS = {"evaluated": EVALUATED, "draws": 300, "exchanges": 1000, "alpha": 0.05, "seed": 42}
SHOWN = {"evaluated": EVALUATED, "cells": EVALUATED[:4], "symmetry_models": SYMMETRY_MODELS}
SEEDS = {OFF: [1, 2, 3], CAM: [1, 2, 3], ZEROS: [1, 2, 3], MASKED: [1]}
OUTPUTS = ("csv", "md", "html", "answers", "answers_html")
# CAMs help, the sham control's layer does not, a mask harms.
RECOGNISED = {OFF: 0.7, CAM: 0.85, ZEROS: 0.7, MASKED: 0.5}


def compare(folder, kind, inputs, cells=(OFF, CAM, ZEROS, MASKED), seeds=SEEDS, patients=None):
    """Compare; `patients` is HAM10000's index, where it knows them."""
    lesion, symmetry = networks_of(cells, seeds, 2), networks_of(SYMMETRY_MODELS, None, 3, "symmetry")
    compared = {
        "predictions": {"lesion": lesion, "symmetry": symmetry},
        "localisation": {"cells": cells, "symmetry_models": SYMMETRY_MODELS},
    }
    outputs = {"comparisons": folder / f"{kind}.parquet"}
    known = [folder / "index.parquet"] if patients is not None else []
    for path in known:
        write_table(patients, path)
    params = PARAMS | compared[kind] | {"patients": ["ham10000"] if known else []}
    run_script(f"compare_{kind}", folder, {**inputs, "patients": known}, outputs, params)
    return read_table(folder / f"{kind}.parquet")


def write_evaluations(folder) -> dict[str, list]:
    """Write what says that no network failed."""
    paths = [folder / name / "metrics.json" for name in EVALUATED]
    for path in paths:
        write_json({}, path)
    return {"metrics": paths}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A folder, and the inputs of both comparisons by kind."""
    folder, generator = tmp_path_factory.mktemp("study"), np.random.default_rng(0)
    ham10000, symderm = (Images.drawn(name, 250, 300, generator) for name in ("ham10000", "symderm"))
    groups = folder / "groups.parquet"
    write_table(pd.concat([ham10000.groups(), symderm.groups()]), groups)
    lesion, symmetry = folder / "lesion" / "ham10000", folder / "symmetry"
    predictions = {
        "lesion": write_predictions(lesion, ham10000, RECOGNISED, SEEDS, 2, generator),
        "symmetry": write_predictions(symmetry, symderm, {"none": 0.8, "seg": 0.8, "lae": 0.6}, None, 3, generator),
        "groups": groups,
    }
    localisation = {
        "lesion": write_localisation(lesion, ham10000, {OFF: 0.4, CAM: 0.5, ZEROS: 0.4, MASKED: 0.4}, generator),
        "symmetry": write_localisation(symmetry, ham10000, {"none": 0.4, "seg": 0.3, "lae": 0.4}, generator),
        "groups": groups,
    }
    found = write_evaluations(folder)
    return folder, {"predictions": predictions | found, "localisation": localisation | found}


@pytest.fixture(scope="module")
def tables(study):
    folder, inputs = study
    return {kind: compare(folder, kind, of_kind) for kind, of_kind in inputs.items()}


def outcomes(table):
    """The outcomes of each pair, and how many seeds it was compared on."""
    pairs = table.groupby(["question", "cell", "reference"])
    return {key: (set(rows["outcome"]), set(rows["seeds"])) for key, rows in pairs}


def test_planted_differences_are_found_on_the_seeds_that_both_cells_have(tables):
    table = tables["predictions"]
    assert outcomes(table) == {
        (Question.CAMS, CAM, OFF): ({HIGHER}, {3}),
        (Question.CAMS_OVER_SHAMS, CAM, ZEROS): ({HIGHER}, {3}),
        (Question.SHAMS, ZEROS, OFF): ({NOT_SIGNIFICANT}, {3}),
        (Question.MASKS, MASKED, OFF): ({LOWER}, {1}),
        (Question.SYMMETRY_MASKS, "seg", "none"): ({NOT_SIGNIFICANT}, {1}),
        (Question.SYMMETRY_MASKS, "lae", "none"): ({LOWER}, {1}),
    }
    symmetry = table["question"] == Question.SYMMETRY_MASKS
    assert set(table["testset"][symmetry]) == {"symderm"}
    assert set(table["testset"][~symmetry]) == {"ham10000"}
    assert set(table["lesions"]) == {250}
    assert set(table["images"]) == {300}


def test_cams_are_compared_on_images_that_have_a_mask(tables):
    table = tables["localisation"]
    iou = table[table["metric"] == "iou"].set_index(["question", "cell", "reference"])["outcome"]
    assert iou[Question.CAMS, CAM, OFF] == iou[Question.CAMS_OVER_SHAMS, CAM, ZEROS] == HIGHER
    assert iou[Question.SHAMS, ZEROS, OFF] == iou[Question.MASKS, MASKED, OFF] == NOT_SIGNIFICANT
    assert iou[Question.SYMMETRY_MASKS, "seg", "none"] == LOWER
    assert set(table["outcome"][table["metric"] == "hit"]) == {NOT_SIGNIFICANT}
    assert set(table["images"]) == {299}
    assert table["metric"].unique().tolist() == ["iou", "overlap", "hit", "hit_undilated", "empty_cam"]


def test_near_duplicates_are_resampled_as_one_lesion(study, tables, tmp_path):
    _, inputs = study
    groups = read_table(inputs["predictions"]["groups"])
    names = groups["group"].to_numpy(copy=True)
    # Of each two lesions one is the other's copy.
    lesion = pd.factorize(names)[0]
    merged = groups.assign(group=pd.Series(names).groupby(lesion // 2).transform("min"))
    write_table(merged, tmp_path / "groups.parquet")
    table = compare(tmp_path, "predictions", {**inputs["predictions"], "groups": tmp_path / "groups.parquet"})
    assert set(table["lesions"]) == {125}
    before = tables["predictions"]
    np.testing.assert_array_equal(table["difference"], before["difference"])
    assert not np.allclose(table["low"], before["low"], atol=1e-4)


@pytest.mark.parametrize("kind", ["predictions", "localisation"])
def test_where_patients_are_known_they_are_resampled_instead_of_lesions(study, tmp_path, kind):
    """As if the lesions of each patient were one."""
    _, inputs = study
    groups = read_table(inputs[kind]["groups"])
    ours = groups["dataset"] == "ham10000"
    patient = groups.loc[ours, "group"].factorize()[0] // 3
    index = pd.DataFrame({"image_id": groups.loc[ours, "image_id"], "patient_id": [f"p{k}" for k in patient]})
    merged = groups.copy()
    merged.loc[ours, "group"] = groups.loc[ours, "group"].groupby(patient).transform("min")
    write_table(merged, tmp_path / "groups.parquet")
    found = compare(tmp_path, kind, inputs[kind], patients=index)
    expected = compare(tmp_path, kind, {**inputs[kind], "groups": tmp_path / "groups.parquet"})
    pd.testing.assert_frame_equal(found, expected)
    assert found.loc[found["question"] == Question.CAMS, "lesions"].unique().tolist() == [len(set(patient))]


def test_comparisons_are_written_as_tables_and_answers(study, tables, tmp_path):
    folder, _ = study
    outputs = {name: tmp_path / name for name in OUTPUTS}
    inputs = {kind: folder / f"{kind}.parquet" for kind in tables} | {"masks": [tmp_path / "masks.parquet"]}
    write_table(pd.DataFrame({"lesion_found": [True, False], "x0": 0, "x1": 8}), inputs["masks"][0])
    params = {"demo": False, "remarks": ["A trial."], "masked": ["symderm"], **SHOWN}
    inputs |= write_evaluations(tmp_path)
    run_script("write_comparisons", tmp_path, inputs, outputs, params, {"protocol": "leakfree"})
    rows = pd.read_csv(outputs["csv"])
    assert rows["measured"].value_counts().to_dict() == {kind: len(table) for kind, table in tables.items()}
    text = outputs["md"].read_text()
    assert text.count("## Predictions: ") == text.count("## Localisation of CAMs: ") == 5
    row = tables["predictions"].iloc[0]
    assert f"| {CAM} | {OFF}" in " ".join(text.split())
    assert f"{row['cell_score']:.3f} | {row['reference_score']:.3f}" in " ".join(text.split())
    assert "**higher**" in text
    assert "Split by lesion" in text
    assert "- A trial." in text
    assert "- No lesion was found in 1 of 2 images of SymDerm v2.0;" in text
    answers = outputs["answers"].read_text()
    assert [line for line in answers.splitlines() if line.startswith("## ")] == [
        "## Question 1",
        "## Question 2",
        "## Subquestion 1",
        "## Subquestion 2",
    ]
    assert f"{CAM}: higher in 4" in answers
    assert "| zeros | the extra layer | 4 of 4 |" in " ".join(answers.split())
    assert "| shuffled | what CAMs have in common | not compared |" in " ".join(answers.split())
    assert "Demo data" not in text + answers


def test_cams_that_are_all_empty_leave_their_overlap_undefined(study, tmp_path):
    _, inputs = study
    empty = []
    for path in inputs["localisation"]["lesion"]:
        table = read_table(path).assign(overlap=np.nan, iou=0.0, hit=False, hit_undilated=False, empty_cam=True)
        empty.append(tmp_path / path.parent.name / "localisation.parquet")
        write_table(table, empty[-1])
    table = compare(tmp_path, "localisation", {**inputs["localisation"], "lesion": empty})
    lesion = table[table["question"] != Question.SYMMETRY_MASKS]
    assert set(lesion["outcome"]) == {NOT_SIGNIFICANT}
    assert set(lesion["p"]) == {1}
    assert lesion[lesion["metric"] == "overlap"][["difference", "low", "high"]].isna().all(axis=None)
    outputs = {name: tmp_path / name for name in OUTPUTS}
    files = {"predictions": study[0] / "predictions.parquet", "localisation": tmp_path / "localisation.parquet"}
    params = {"demo": False, "remarks": [], "masked": [], **SHOWN}
    files |= write_evaluations(tmp_path) | {"masks": []}
    run_script("write_comparisons", tmp_path, files, outputs, params, {"protocol": "thesis"})
    assert "| percentage overlap | – | – | – | – | 1.000 |" in " ".join(outputs["md"].read_text().split())
    assert (
        "1 has no CI, because the metric is undefined on some resample of the lesions."
        in outputs["answers"].read_text()
    )


def test_emptiness_is_separate_from_localisation(study, tmp_path):
    """The same IoU and overlap wherever there is a CAM; half of one cell's CAMs are empty."""
    _, inputs = study
    images, generator = Images.drawn("ham10000", 250, 300, np.random.default_rng(0)), np.random.default_rng(2)
    lesion = write_localisation(tmp_path, images, {OFF: 0.4, CAM: 0.4}, generator, {OFF: 0.02, CAM: 0.5})
    table = compare(tmp_path, "localisation", {**inputs["localisation"], "lesion": lesion}, (OFF, CAM))
    row = table[table["cell"] == CAM].set_index("metric")
    assert row["outcome"].to_dict() == {
        "iou": LOWER,
        "overlap": NOT_SIGNIFICANT,
        "hit": LOWER,
        "hit_undilated": LOWER,
        "empty_cam": HIGHER,
    }
    maps = {cell: read_table(path) for cell, path in zip((OFF, CAM), lesion, strict=True)}
    maps = {cell: table[~table["empty_mask"]] for cell, table in maps.items()}
    assert row["cell_score"]["empty_cam"] == pytest.approx(maps[CAM]["empty_cam"].mean())
    both = ~(maps[OFF]["empty_cam"] | maps[CAM]["empty_cam"])
    assert row["images"].to_dict() == {**dict.fromkeys(row.index, 299), "overlap": both.sum()}
    assert row["lesions"]["overlap"] < row["lesions"]["iou"]
    paired = [maps[cell]["overlap"][both].mean() for cell in (CAM, OFF)]
    assert row["difference"]["overlap"] == pytest.approx(paired[0] - paired[1])


def test_demo_data_are_marked(study, tables, tmp_path):
    folder, _ = study
    outputs = {name: tmp_path / name for name in OUTPUTS}
    inputs = {kind: folder / f"{kind}.parquet" for kind in tables} | {"masks": []}
    params = {"demo": True, "remarks": [], "masked": [], **SHOWN}
    inputs |= write_evaluations(tmp_path)
    run_script("write_comparisons", tmp_path, inputs, outputs, params, {"protocol": "thesis"})
    for name in ("md", "answers"):
        assert "say nothing about skin lesions" in outputs[name].read_text()


def test_cells_without_a_common_seed_are_named(study, tmp_path):
    _, inputs = study
    generator = np.random.default_rng(1)
    images = Images.drawn("ham10000", 20, 30, generator)
    lesion = write_predictions(tmp_path, images, {OFF: 0.7, CAM: 0.7}, {OFF: [1], CAM: [2]}, 2, generator)
    given = {**inputs["predictions"], "lesion": lesion}
    with pytest.raises(ValueError, match=rf"{CAM} has seeds \[2\] and {OFF} \[1\].*lesion.seeds"):
        compare(tmp_path, "predictions", given, (OFF, CAM), {OFF: [1], CAM: [2]})


def test_runs_are_told_by_cell_seed_and_fold():
    networks = networks_of(["c"], {"c": [12, 3]}, 1)
    runs = runs_of(networks, ["a.parquet", "b.parquet"])
    assert {cell: list(of_cell) for cell, of_cell in runs.items()} == {"c": [(12, 0), (3, 0)]}
    with pytest.raises(ValueError, match="shorter"):
        runs_of(networks, ["a.parquet"])
