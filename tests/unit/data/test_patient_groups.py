"""Divisions by patient: patients and lesions are on one side only, and nothing changes where no patient is known."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from jobs import run_script
from selcn.data.splits.by_lesion import split_by_lesion
from selcn.data.splits.lesion_roles import LesionSplitSettings, assign_lesions
from selcn.data.splits.patient_groups import PATIENT, by_patient, patient_groups
from selcn.storage.artifacts import read_table, write_table
from selcn.storage.checksums import record

SETTINGS = LesionSplitSettings({"ours": 4, "theirs": 3}, "ours", "theirs", 42, 0.2)
DATASETS = {"ours": 160, "theirs": 120, "elsewhere": 90}
CLASSES = ("nv", "mel")
# SHA-256 of the table of `make_images` as the function returned it before there were patients.
BEFORE = "34ab35561fd14a51052881df068e24e06e2bbf90404cb3d4c0cb206127f1a597"


def make_images(seed: int = 0, known: float = 0.8, official: int = 3) -> pd.DataFrame:
    """Images of three data sets; a third of the lesions, and half of the patients, are of any of them."""
    rng = np.random.default_rng(seed)
    rows = []
    for dataset, count in DATASETS.items():
        for number in range(count):
            shared = number < count // 3
            lesion = f"lesion_{rng.integers(90)}" if shared else f"{dataset}_{number // 2}"
            patient = f"{'' if number % 2 else dataset}patient_{rng.integers(120)}"
            # Half of the first data set's images have no patient, as all of HAM10000's.
            patient = None if (dataset == "ours" and number % 4 > 1) or rng.random() > known else patient
            part = "test" if dataset == "theirs" and number >= count - official else "train"
            rows.append((dataset, f"{dataset}_{number:03}", CLASSES[rng.integers(2)], part, lesion, patient))
    return pd.DataFrame(rows, columns=["dataset", "image_id", "label", "part", "lesion", PATIENT])


def literal_groups(lesions: list[str], patients: list[str | None]) -> list[str]:
    """Return each image's smallest reachable lesion, by joining sets until none have anything in common."""
    sets = [
        {("lesion", a), ("patient", b)} if b is not None else {("lesion", a)}
        for a, b in zip(lesions, patients, strict=True)
    ]
    while joined := next(((a, b) for a in sets for b in sets if a is not b and a & b), None):
        sets = [each for each in sets if each not in joined] + [joined[0] | joined[1]]
    group = {node: min(name for kind, name in each if kind == "lesion") for each in sets for node in each}
    return [group["lesion", lesion] for lesion in lesions]


few = st.integers(0, 5)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(few.map("l{}".format), st.none() | few.map("p{}".format)), max_size=10))
def test_groups_are_those_of_a_literal_joining_of_sets(images):
    lesions, patients = [lesion for lesion, _ in images], [patient for _, patient in images]
    found = patient_groups(pd.Series(lesions, dtype=object), pd.Series(patients, dtype=object))
    assert found.tolist() == literal_groups(lesions, patients)


def test_a_chain_of_lesion_and_patient_joins_over_data_sets():
    """Lesion b links two data sets, its patient p lesion c, and c's other patient q lesion d; e is alone."""
    groups = pd.DataFrame(
        [("one", "1", "a"), ("one", "2", "b"), ("two", "3", "b"), ("two", "4", "c"), ("three", "5", "c"),
         ("three", "6", "d"), ("three", "7", "e")], columns=["dataset", "image_id", "group"],
    )  # fmt: skip
    indices = {
        "two": pd.DataFrame({"image_id": ["4", "3"], PATIENT: ["p", "p"]}),
        "three": pd.DataFrame({"image_id": ["5", "6", "7"], PATIENT: ["q", "q", None]}),
    }
    assert by_patient(groups, indices)["group"].tolist() == ["a", "b", "b", "b", "b", "b", "e"]
    assert by_patient(groups, {}) is groups


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 1))
def test_no_patient_and_no_lesion_is_on_two_sides_or_in_two_folds(seed, known):
    images = make_images(seed, known)
    table = assign_lesions(images, SETTINGS).merge(images[["image_id", PATIENT]], on="image_id")
    for unit in ("lesion", PATIENT):
        sides = table.assign(pool=table["role"].isin(["pool", "seen"])).groupby(unit)["pool"].nunique()
        assert (sides == 1).all()
        pool = table[table["role"] == "pool"]
        for column in ("fold", "search_fold"):
            assert (pool.groupby(["dataset", unit])[column].nunique() == 1).all()
    for network, dataset in (("segmentation", "ours"), ("symmetry", "theirs")):
        pool = table[(table["dataset"] == dataset) & (table["role"] == "pool")]
        for fold in range(SETTINGS.folds[dataset]):
            trained, given_to = pool[pool["fold"] != fold], table[table[f"{network}_fold"] == fold]
            for unit in ("lesion", PATIENT):
                assert set(trained[unit].dropna()).isdisjoint(given_to[unit].dropna())


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10_000))
def test_nothing_changes_where_no_patient_is_known_or_the_division_is_by_lesion(seed):
    images = make_images(seed)
    by_lesion = assign_lesions(images.drop(columns=PATIENT), SETTINGS)
    assert_frame_equal(assign_lesions(images.assign(**{PATIENT: None}), SETTINGS), by_lesion)
    assert_frame_equal(assign_lesions(images, replace(SETTINGS, by="lesion")), by_lesion)


def test_the_division_by_lesion_is_that_from_before_there_were_patients():
    table = assign_lesions(make_images().drop(columns=PATIENT), SETTINGS)
    assert hashlib.sha256(table.to_csv(index=False).encode()).hexdigest() == BEFORE


def test_a_patient_of_an_official_test_set_is_trained_on_nowhere_and_a_later_set_follows_an_earlier_one():
    images = make_images(official=15)
    table = assign_lesions(images, SETTINGS).merge(images[["image_id", PATIENT, "part"]], on="image_id")
    official = set(table.loc[table["part"] == "test", PATIENT].dropna())
    of_official = table[table[PATIENT].isin(official)]
    assert len(of_official) > len(official)
    assert set(of_official["role"]) <= {"test", "official_test"}
    first = table[(table["dataset"] == "ours") & table[PATIENT].notna()].drop_duplicates(PATIENT).set_index(PATIENT)
    others = table[(table["dataset"] != "ours") & table[PATIENT].isin(first.index)]
    assert set(others["role"]) == {"pool", "test", "seen"}
    assert ((others["role"] == "test") == (others[PATIENT].map(first["role"]) == "test")).all()


def test_too_few_patients_of_a_class_are_named():
    """Forty lesions of three patients, none of them in another data set."""
    images = make_images(official=0)
    images = images[(images["dataset"] != "theirs") | images["lesion"].str.startswith("theirs")]
    theirs = images["dataset"] == "theirs"
    images = images.assign(**{PATIENT: (images["lesion"].factorize()[0] % 3).astype(str)}).where(theirs, images)
    with pytest.raises(ValueError, match=r"too few images for 3 folds of theirs by patient: mel has 3, nv has 3"):
        assign_lesions(images, SETTINGS)
    assert len(assign_lesions(images, replace(SETTINGS, by="lesion"))) == len(images)


def written_to(path: Path, table: pd.DataFrame) -> str:
    write_table(table.reset_index(drop=True), path)
    record(path)
    return str(path)


def test_the_script_divides_by_the_patients_of_the_indices_that_know_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    images = make_images()
    images = images[(images["dataset"] != "ours") | images[PATIENT].isna()]
    indices = {}
    for dataset, rows in images.groupby("dataset", sort=False):
        columns = ["image_id", "label", "part", *([PATIENT] if dataset != "ours" else [])]
        indices[dataset] = written_to(tmp_path / dataset / "index.parquet", rows[columns])
    groups = images[["dataset", "image_id", "lesion"]].rename(columns={"lesion": "group"})
    groups = written_to(tmp_path / "groups.parquet", groups)
    shared = vars(SETTINGS) | {"folds": dict(SETTINGS.folds)}
    written = {}
    for by in ("patient", "lesion"):
        run_script(
            "assign_lesions",
            tmp_path,
            {"indices": list(indices.values()), "groups": groups},
            {"lesions": f"{by}.parquet"},
            {"datasets": list(indices), "settings": shared | {"by": by}},
        )
        written[by] = read_table(f"{by}.parquet")
        assert_frame_equal(written[by], assign_lesions(images, replace(SETTINGS, by=by)), check_dtype=False)
        assert "patients, " in (tmp_path / "assign_lesions.log").read_text()
    assert not written["patient"].equals(written["lesion"])
    # The split tables follow.
    theirs = images[images["dataset"] == "theirs"].rename(columns={"lesion": "lesion_id"})
    splits = split_by_lesion(theirs, written["patient"].query("dataset == 'theirs'"), 40, 1)
    patient = splits["image_id"].map(theirs.set_index("image_id")[PATIENT])
    trained_on = splits["train"] & (splits["fold"] != 0)
    assert set(patient[trained_on].dropna()).isdisjoint(patient[splits["validation"] & (splits["fold"] == 0)].dropna())
