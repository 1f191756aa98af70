"""The data card counts the images of data sets made by hand."""

import json

import pandas as pd
import pytest

from jobs import run_script
from score_files import rows_of
from selcn.data.datasets.sources import DATASETS
from selcn.report.run import data_card
from selcn.storage.artifacts import write_json, write_table
from studies import PROJECT

PAIRS = ("dataset_a", "image_id_a", "dataset_b", "image_id_b")


def index(*rows: tuple, mask: bool = False) -> pd.DataFrame:
    """Return an index of images: id, lesion, label, age, sex."""
    frame = pd.DataFrame(rows, columns=["image_id", "lesion_id", "label", "age", "sex"])
    more = {"site": None, "source": None, "width": 600, "height": 450, "mask_sha256": "aa" if mask else None}
    return frame.assign(**more).astype({"age": "float32", **dict.fromkeys(("sex", "site", "source"), "str")})


SAME_LABELS = [["ham10000", "isic2019"], ["symderm"], ["isic2016"]]


@pytest.fixture
def indices() -> dict[str, pd.DataFrame]:
    return {
        "ham10000": index(
            ("i1", "l1", "nv", 45, "male"),
            ("i2", "l1", "nv", 105, "female"),
            ("i3", "l2", "mel", None, None),
            ("i4", "l3", "akiec", 9, "male"),
            mask=True,
        ),
        "symderm": index(("i1", "l1", "symmetric", None, None), ("s1", "s1", "asymmetric", None, None)),
        "isic2019": index(
            ("i3", "l2", "mel", None, None), ("i4", "l3", "scc", 9, "male"), ("n1", "n1", "nv", 90, "male")
        ),
        "isic2016": index(("b1", "b1", "benign", None, None)),
    }


@pytest.fixture
def pairs() -> pd.DataFrame:
    rows = [
        ("ham10000", "i2", "ham10000", "i3"),
        ("isic2019", "n1", "ham10000", "i1"),
        ("ham10000", "i3", "symderm", "s1"),
    ]
    return pd.DataFrame(rows, columns=PAIRS)


def test_images_lesions_masks_and_rejected_ones_are_counted(indices):
    summaries = {name: {"rejected": 0} for name in indices} | {"symderm": {"rejected": 1234}}
    lines = rows_of(data_card.composition(indices, summaries))[1:]
    assert lines[0] == ["HAM10000", "4", "3", "4", "0", "450 to 600"]
    assert lines[1] == ["SymDerm v2.0", "2", "2", "0", "1,234", "450 to 600"]


def test_classes_are_counted_a_column_a_data_set(indices):
    lines = {line[0]: line[1:] for line in rows_of(data_card.classes(indices))}
    assert lines["nv"] == ["2", "–", "1", "–"]
    assert lines["scc"] == ["–", "–", "1", "–"]


def test_patients_are_counted_by_sex_and_decade_of_age_in_order(indices):
    lines = rows_of(data_card.patients(indices))[1:]
    assert [line[:2] for line in lines] == [
        *(["sex", sex] for sex in ("female", "male", "unknown")),
        *(["age", age] for age in ("0-9", "40-49", "90-99", "100-109", "unknown")),
    ]
    assert lines[1][2:] == ["2", "–", "2", "–"]
    assert lines[-1][2:] == ["1", "–", "1", "–"]


def test_duplicates_are_counted_within_and_between_data_sets(indices, pairs):
    lines = {tuple(line[:2]): line[2:] for line in rows_of(data_card.duplicates(pairs, indices))[1:]}
    assert len(lines) == 4 + 6
    assert lines["HAM10000", "HAM10000"] == ["–", "1"]
    assert lines["HAM10000", "ISIC2019"] == ["2", "1"]
    assert lines["HAM10000", "SymDerm v2.0"] == ["1", "1"]
    assert lines["ISIC2019", "ISIC2016"] == ["0", "0"]


def test_labels_that_contradict_each_other_are_counted_and_others_are_not(indices, pairs):
    """SymDerm's labels say nothing about a diagnosis, and i1 has one label in HAM10000 and its near-duplicate."""
    turned = pd.DataFrame([("ham10000", "i3", "ham10000", "i1")], columns=PAIRS)
    assert rows_of(data_card.disagreements(pd.concat([pairs, turned]), indices, SAME_LABELS))[1:] == [
        ["near-duplicate", "HAM10000", "mel", "HAM10000", "nv", "2"],
        ["same image", "HAM10000", "akiec", "ISIC2019", "scc", "1"],
    ]
    assert data_card.disagreements(pairs[:0], {**indices, "isic2019": indices["isic2019"][:1]}, SAME_LABELS) == ""


def test_reasons_of_rejected_images_are_counted_by_their_beginning():
    reasons = ["too small: 20x30, expected at least 32 on both sides", "too small: 1x1", "several classes: MEL, NV"]
    lists = {"ham10000": pd.DataFrame({"reason": reasons}), "symderm": pd.DataFrame({"reason": []})}
    assert rows_of(data_card.rejected(lists))[1:] == [["several classes", "1", "–"], ["too small", "2", "–"]]
    assert data_card.rejected({"symderm": lists["symderm"]}) == ""


def test_roles_count_images_and_not_their_variants():
    table = pd.DataFrame({"image_id": ["a", "a", "b", "c"], "role": ["pool", "pool", "pool", "test"]})
    assert rows_of(data_card.splits({"ham10000": table}))[1:] == [["Development set", "2"], ["Test set", "1"]]


@pytest.mark.parametrize("protocols", [["thesis", "leakfree"], ["leakfree"]])
def test_the_card_of_a_study_has_its_sections_and_protocols(tmp_path, indices, pairs, protocols):
    def each(name: str, write) -> list[str]:
        paths = {dataset: tmp_path / f"{dataset}-{name}" for dataset in DATASETS}
        for dataset, path in paths.items():
            write(dataset, path)
        return [str(path) for path in paths.values()]

    data = {
        "name": "HAM10000",
        "images_sha256": "f" * 64,
        "masks_sha256": None,
        "label_tables": {"HAM10000_metadata.csv": "e" * 64},
    }
    configuration = {
        "data": {name: {"limit_per_class": 100 if name == "isic2019" else None} for name in DATASETS},
        **{
            "duplicates": {"distance": 48, "correlation": 0.96, "certain": 10},
            "hair": {"kernel": 17},
            "split": {"cap": 2000},
        },
        **{"pack": {"size": 256, "fit": "stretch"}, "on_rejected": "drop", "minimum_size": 32},
    }
    run = {"demo": False, "protocols": protocols, "configuration": configuration, "data": {"ham10000": data}}
    (tmp_path / "run.json").write_text(json.dumps(run))
    write_table(pairs.assign(certainty="certain"), tmp_path / "pairs.parquet")
    (tmp_path / "audit.csv").write_text(
        "artifact,dataset,applied_to,pairs,images,images_leaked,same_image,copy,lesion\n"
        "data set,ham10000,isic2019,3,3,2,2,0,0\ntest set,ham10000,symderm,9,9,9,9,9,9\n"
    )
    splits = [(protocol, dataset) for protocol in protocols for dataset in DATASETS]
    table = tmp_path / "split.parquet"
    write_table(pd.DataFrame({"image_id": ["a"], "role": ["pool"]}), table)
    run_script(
        "describe_data",
        tmp_path,
        {
            "run": str(tmp_path / "run.json"),
            "indices": each("index.parquet", lambda dataset, path: write_table(indices[dataset], path)),
            "summaries": each("summary.json", lambda _, path: write_json({"rejected": 0}, path)),
            "rejected": each("rejected.csv", lambda _, path: path.write_text("image_id,path,reason\n")),
            "pairs": str(tmp_path / "pairs.parquet"),
            "splits": [str(table)] * len(splits),
            "audit": str(tmp_path / "audit.csv"),
            "template": str(PROJECT / "workflow_scripts/selcn/report/run/templates/data-card.md.j2"),
        },
        {"card": str(tmp_path / "card.md")},
        {"datasets": list(DATASETS), "splits": splits, "balanced": ["ham10000"], "same_labels": SAME_LABELS},
    )
    card = (tmp_path / "card.md").read_text()
    assert [line.removeprefix("## ") for line in card.splitlines() if line.startswith("## ")] == [
        *("Motivation", "Composition", "Collection", "Preprocessing", "Splits", "Uses"),
        *("Distribution and terms of use", "Maintenance"),
    ]
    assert ("### Protocol `thesis`" in card) == ("thesis" in protocols)
    assert "ISIC2019: at most 100 images of each class were used" in card
    assert f"`{'f' * 64}`" in card
    assert f"`{'e' * 64}`" in card
    assert "CC BY-NC 4.0" in card
    assert ["ISIC2019", "3", "2", "2", "0", "0"] in rows_of(card)
    assert ["SymDerm v2.0", "9", "9", "9", "9", "9"] not in rows_of(card)
