"""The scripts of an external set's rules on small files: from predictions to its four tables."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jobs import run_script
from selcn.design.datasets import DATASETS
from selcn.design.trained_networks import TrainedNetwork
from selcn.report.tables.data_sets import EXTERNAL_TABLES
from selcn.report.tables.external import absent_classes
from selcn.storage.artifacts import read_json, read_table, write_json, write_table
from simulated_files import Images

CELLS = {"cls-none_sym-off": 0.5, "cls-none_sym-none": 0.8, "cls-seg_sym-off": 0.6, "cls-none_sym-zeros": 0.5}
FAILED = "cls-seg_sym-off"
FOLDS = 2
SETTINGS = {"sensitivities": [0.9], "resamples": 50, "seed": 1}
WILDCARDS = {"external": "clinic", "protocol": "leakfree"}


def stored(table: pd.DataFrame, path: Path) -> str:
    write_table(table, path)
    return str(path)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict:
    """Predictions of every cell and fold, training ids, lesions, the index, and estimated skin tones."""
    folder, generator = tmp_path_factory.mktemp("clinic"), np.random.default_rng(1)
    ham10000, clinic = Images.drawn("ham10000", 80, 80, generator), Images.drawn("clinic", 50, 60, generator)
    groups = pd.concat([ham10000.groups(), clinic.groups()])
    # The first image of either set is of one lesion, which the second fold was trained on.
    groups.loc[groups["image_id"] == clinic.image_id[0], "group"] = groups["group"].iloc[0]
    trained = [pd.DataFrame({"image_id": ham10000.image_id[chosen]}) for chosen in (slice(40, 80), slice(0, 40))]
    index = pd.DataFrame({"image_id": clinic.image_id, "age": np.float32(45), "sex": ["female", "male"] * 30})
    tones = pd.DataFrame({"image_id": clinic.image_id, "ita": 0.0, "skin_tone": np.repeat(["light", "dark", None], 20)})
    made: dict = {
        "groups": stored(groups, folder / "groups.parquet"),
        "index": stored(index.assign(site=None, source="clinic"), folder / "index.parquet"),
        "skin": stored(tones, folder / "skin.parquet"),
        "training_ids": [stored(ids, folder / f"ids-{fold}.parquet") for fold, ids in enumerate(trained)],
    }
    for cell, recognised in CELLS.items():
        for name, images in (("validation", ham10000), ("external", clinic)):
            tables = [images.predicted(recognised, generator) for _ in range(FOLDS)]
            made[cell, name] = [stored(t, folder / f"{cell}-{name}-{fold}.parquet") for fold, t in enumerate(tables)]
    return made


def evaluate(files: dict, folder: Path, failed: Sequence[str] = (), **changes: str | list) -> tuple[dict, pd.DataFrame]:
    """Evaluate and compare the cells by the rule's script; return the metrics by cell, and the comparisons."""
    networks = [TrainedNetwork("lesion", "ham10000", cell, fold, 1) for cell in CELLS for fold in range(FOLDS)]
    for cell in CELLS:
        write_json({"failed": "diverged"} if cell in failed else {}, folder / f"{cell}-metrics.json")
    inputs = {name: files[name] for name in ("groups", "index", "skin")}
    inputs |= {name: [path for cell in CELLS for path in files[cell, name]] for name in ("validation", "external")}
    inputs |= {"training_ids": files["training_ids"] * len(CELLS)}
    inputs |= {"metrics": [str(folder / f"{cell}-metrics.json") for cell in CELLS], "patients": []} | changes
    output = {"metrics": [str(folder / f"{cell}.json") for cell in CELLS]}
    output |= {"comparisons": str(folder / "comparisons.parquet")}
    params = {"draws": 100, "exchanges": 1000, "alpha": 0.05, "seed": 1, "cells": list(CELLS), "networks": networks}
    params |= {"evaluation": SETTINGS, "patients": ["clinic"] if inputs["patients"] else []}
    run_script("evaluate_external", folder, inputs, output, params, WILDCARDS)
    return {cell: read_json(folder / f"{cell}.json") for cell in CELLS}, read_table(output["comparisons"])


@pytest.fixture(scope="module")
def evaluated(files, tmp_path_factory) -> tuple[Path, dict, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("evaluated")
    return folder, *evaluate(files, folder, [FAILED])


def test_a_cell_is_evaluated_on_each_network_s_own_unseen_images_and_on_those_common_to_all(evaluated):
    _, metrics, _ = evaluated
    # The first network has not seen the one lesion that the second was trained on.
    expected = {"all": 60, "seen": 0, "unseen": 60, "outside": 0, "unseen_by_all": 59}
    found = metrics["cls-none_sym-off"]["images"]
    assert {name: found.get(name, 0) for name in expected} == expected
    rows = pd.DataFrame(metrics["cls-none_sym-off"]["subgroups"])
    assert rows.loc[rows["kind"] == "all", "images"].tolist() == [59] * 3
    assert set(rows.loc[rows["kind"] == "skin_tone", "subgroup"]) == {"light", "dark", "unknown"}
    assert metrics[FAILED] == {"failed": "diverged"}


def test_a_skin_type_that_is_given_stands_in_for_the_estimate(files, tmp_path):
    index = read_table(files["index"]).assign(skin_type=["II", "V"] * 30)
    changed = stored(index, tmp_path / "index.parquet")
    only = list(CELLS)[1:]
    rows = pd.DataFrame(evaluate(files, tmp_path, only, index=changed)[0]["cls-none_sym-off"]["subgroups"])
    assert "skin_tone" not in set(rows["kind"])
    assert set(rows.loc[rows["kind"] == "skin_type", "subgroup"]) == {"II", "V"}
    undeclared = evaluate(files, tmp_path, only, skin=[])[0]["cls-none_sym-off"]
    assert not {row["kind"] for row in undeclared["subgroups"]} & {"skin_type", "skin_tone"}


def test_cells_are_compared_on_the_images_that_no_network_has_seen(files, evaluated):
    _, metrics, table = evaluated
    pairs = [(row.question, row.cell, row.reference) for row in table[table["metric"] == "accuracy"].itertuples()]
    assert pairs == [
        ("cams", "cls-none_sym-none", "cls-none_sym-off"),
        ("cams_over_shams", "cls-none_sym-none", "cls-none_sym-zeros"),
        ("shams", "cls-none_sym-zeros", "cls-none_sym-off"),
    ]
    assert set(table["testset"]) == {"clinic"}
    assert (table["images"] == 59).all()
    lesions = read_table(files["groups"]).set_index("image_id")["group"]
    unseen = read_table(files["cls-none_sym-off", "external"][0])["image_id"][1:]
    assert (table["lesions"] == lesions[unseen].nunique()).all()
    row = table[table["metric"] == "accuracy"].iloc[0]
    means = {}
    for cell in ("cls-none_sym-none", "cls-none_sym-off"):
        of_all = pd.DataFrame(metrics[cell]["subgroups"])
        means[cell] = of_all[(of_all["kind"] == "all") & (of_all["metric"] == "accuracy")]["value"].iloc[0]
    assert row["cell_score"] == pytest.approx(means["cls-none_sym-none"])
    assert row["difference"] == pytest.approx(means["cls-none_sym-none"] - means["cls-none_sym-off"])
    assert row["outcome"] == "higher"


def test_where_patients_are_known_comparisons_resample_them(files, evaluated, tmp_path):
    index = read_table(files["index"])
    # Two patients have ten images each; nobody knows whose the others are.
    of_two = [f"P{number // 10}" if number < 20 else None for number in range(60)]
    known = stored(index.assign(patient_id=of_two), tmp_path / "patients.parquet")
    _, table = evaluate(files, tmp_path, [FAILED], patients=[known])
    groups = read_table(files["groups"]).set_index("image_id")["group"]
    units = {of or groups[image] for image, of in zip(index["image_id"], of_two, strict=True)}
    before = evaluated[2]
    assert (table["lesions"] < before["lesions"]).all()
    assert (table["lesions"] <= len(units)).all()
    assert table["cell_score"].tolist() == before["cell_score"].tolist()
    assert table["low"].tolist() != before["low"].tolist()


def write(folder: Path, to: Path, demo: bool = True) -> dict[str, str]:
    """Write the tables by the rule's script; return their Markdown."""
    summary = {"indexed": 60, "rejected": 2, "masks": 0, "passed_over": 0, "per_class": {}}
    write_json(summary, folder / "summary.json")
    tables = {kind: [str(to / f"{name}.{kind}") for name in EXTERNAL_TABLES] for kind in ("csv", "md", "html")}
    given = {"metrics": [str(folder / f"{cell}.json") for cell in CELLS]}
    given |= {"comparisons": str(folder / "comparisons.parquet"), "summary": str(folder / "summary.json")}
    params = {"cells": list(CELLS), "names": {**DATASETS, "clinic": "Our clinic"}, "shown": ["cls-none_sym-off"]}
    params |= {"demo": demo, "remarks": ["A remark."]}
    run_script("write_external_table", to, given, tables, params, WILDCARDS)
    return {name: (to / f"{name}.md").read_text() for name in EXTERNAL_TABLES}


def test_the_four_tables_say_what_they_are_of_and_what_failed(evaluated, tmp_path):
    texts = write(evaluated[0], tmp_path)
    for name, title in (
        ("external", "# Lesion classification on Our clinic"),
        ("thresholds", "# Decision thresholds carried over to Our clinic"),
        ("subgroups", "# Subgroups of patients and images of Our clinic"),
        ("comparisons", "# Comparisons of cells on Our clinic"),
    ):
        text = texts[name]
        for said in (title, "Demo data", "Protocol: leakfree", "diverged", "- A remark.", "2 of 62 images of"):
            assert said in text, (name, said)
        assert (tmp_path / f"{name}.html").read_text().count("<table") == text.count("\n| ---")
    assert "Skin tone (estimated)" in texts["subgroups"]
    assert "An estimate and no measurement" in texts["subgroups"]
    assert "Not compared, because a network failed: 1 pair" in texts["comparisons"]
    assert "its CAMs" not in texts["comparisons"]
    assert "Malignant (melanoma, basal cell carcinoma, actinic keratoses) against benign" in texts["thresholds"]


def test_the_tables_have_the_values_of_the_metrics(evaluated, tmp_path):
    folder, metrics, _ = evaluated
    texts = write(folder, tmp_path, demo=False)
    values = pd.read_csv(tmp_path / "external.csv", keep_default_na=False)
    assert set(values["cell"]) == set(CELLS) - {FAILED}
    thresholds = pd.read_csv(tmp_path / "thresholds.csv")
    row = metrics["cls-none_sym-off"]["thresholds"][0]
    first = thresholds[thresholds["cell"] == "cls-none_sym-off"].iloc[0]
    for name in ("threshold", "validation", "value", "low", "high"):
        assert first[name] == pytest.approx(row[name], rel=1e-5)
    assert f"{row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f})" in texts["thresholds"]
    subgroups = pd.read_csv(tmp_path / "subgroups.csv")
    gap = next(g for g in metrics["cls-none_sym-off"]["gaps"] if g["subgroup"] == "dark" and g["metric"] == "accuracy")
    found = subgroups[(subgroups["subgroup"] == "dark") & (subgroups["metric"] == "accuracy")].iloc[0]
    assert (found["cell"], found["others"]) == ("cls-none_sym-off", gap["others"])
    assert found["gap"] == pytest.approx(gap["gap"], abs=1e-5)
    lines = [line.split("|")[2].strip() for line in texts["subgroups"].splitlines() if "skin tone" in line]
    assert lines == ["light", "dark", "unknown"]


def test_where_every_cell_failed_the_tables_say_so(files, tmp_path):
    metrics, compared = evaluate(files, tmp_path, list(CELLS))
    assert compared.empty
    assert list(metrics.values()) == [{"failed": "diverged"}] * len(CELLS)
    texts = write(tmp_path, tmp_path)
    assert all("very cell failed" in text for text in texts.values())


def test_where_every_lesion_was_trained_on_there_is_nothing_of_unseen_images(files, tmp_path):
    ids = read_table(files["groups"])[["image_id"]]
    every = {**files, "training_ids": [stored(ids, tmp_path / "ids.parquet")] * FOLDS}
    metrics, compared = evaluate(every, tmp_path)
    assert all(not {"thresholds", "subgroups", "gaps", "unseen"} & set(of_cell) for of_cell in metrics.values())
    assert compared.empty
    texts = write(tmp_path, tmp_path)
    assert all("every lesion was trained on" in texts[name] for name in ("thresholds", "subgroups", "comparisons"))
    assert "## Classes: all images of the networks' classes" in texts["external"]


def test_classes_without_images_are_named(files, evaluated, tmp_path):
    text = write(evaluated[0], tmp_path)["external"]
    values = pd.read_csv(tmp_path / "external.csv", keep_default_na=False)
    assert "count these classes as 0" not in text
    rows = values.assign(images=values["images"].where(values["class"] != "df", 0))
    (note,) = absent_classes(rows)
    assert note.startswith("No images of dermatofibroma: macro precision")
