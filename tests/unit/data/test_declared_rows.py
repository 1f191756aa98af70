"""The rows of declared tables: several, joined, of some rows only, with columns that may be missing."""

from pathlib import Path

import pandas as pd
import pytest

from native_layouts import mask_array, save
from selcn.data.datasets.declared_rows import read_rows
from selcn.data.datasets.sources import MissingDatasetError, SourceSettings, label_files
from selcn.data.datasets.table_layout import TableLayout
from selcn.data.datasets.tables import LabelTableError

TABLES = {
    "a.csv": "id,dx,kind\n1,naevus,derm\n2,melanoma,photo\n",
    "b.csv": "id;dx;kind\n3;naevus;derm\n",
    "more.csv": "id,who,dx\n1,p1,ignored\n1,p2,ignored\n3,p3,ignored\n",
}
COLUMNS = {"image": "id", "diagnosis": "dx"}
DIAGNOSES = {"naevus": "nv", "melanoma": "mel"}


def read(folder: Path, columns: dict = COLUMNS, **layout) -> list[tuple]:
    """Return the cells of the declared columns of tables in a folder, by row."""
    for name, text in TABLES.items():
        (folder / name).write_text(text)
    table = TableLayout(**{"file": ["a.csv", "b.csv"], "columns": columns, "diagnoses": DIAGNOSES} | layout)
    rows = read_rows(SourceSettings("clinic", str(folder), table=table))
    return list(rows[[key for key in rows if key != "table"]].itertuples(index=False, name=None))


def test_rows_of_several_tables_follow_each_other(tmp_path):
    assert read(tmp_path) == [("1", "naevus"), ("2", "melanoma"), ("3", "naevus")]
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    assert label_files("clinic", tmp_path, (), ["a.csv", "b.csv"]) == paths
    with pytest.raises(MissingDatasetError, match=r"clinic: no label table c\.csv, d\.csv in "):
        read(tmp_path, file=["a.csv", "c.csv", "d.csv"])


def test_only_rows_that_match_are_read(tmp_path):
    assert read(tmp_path, rows={"kind": "der."}) == [("1", "naevus"), ("3", "naevus")]
    assert read(tmp_path, rows={"kind": "(?!derm).*", "dx": "mel.*"}) == [("2", "melanoma")]
    assert read(tmp_path, rows={"kind": "de"}) == []


def test_another_table_adds_columns_and_changes_none(tmp_path):
    """Of two rows with one id the first counts."""
    joined = read(tmp_path, COLUMNS | {"patient": "who"}, join={"file": "more.csv", "by": "id"})
    assert joined == [("1", "naevus", "p1"), ("2", "melanoma", ""), ("3", "naevus", "p3")]
    with pytest.raises(LabelTableError, match=r"a\.csv: no column age, nor has .*more\.csv; found 'id', 'dx', 'kind'"):
        read(tmp_path, COLUMNS | {"age": "age"}, join={"file": "more.csv", "by": "id"})
    with pytest.raises(LabelTableError, match=r"more\.csv: no column kind"):
        read(tmp_path, join={"file": "more.csv", "by": "kind"})


def test_optional_columns_are_empty_where_they_are_missing(tmp_path):
    columns = COLUMNS | {"age": "years", "source": "kind"}
    assert read(tmp_path, columns, file="b.csv", optional=["years", "kind"]) == [("3", "naevus", "", "derm")]
    with pytest.raises(LabelTableError, match="no column years"):
        read(tmp_path, columns, file="b.csv", optional=["kind"])


def test_the_most_specific_known_diagnosis_counts_else_the_most_specific_is_named(tmp_path):
    table = pd.DataFrame(
        {
            "id": ["1", "2", "3", "4", "5"],
            "fine": ["Spitz", "naevus", "odd", "", ""],
            "coarse": ["naevus", "melanoma", "strange", "melanoma", ""],
        }
    )
    table.to_excel(tmp_path / "labels.xlsx", index=False)
    cells = read(tmp_path, {"image": "id", "diagnosis": ["fine", "coarse"]}, file="labels.xlsx", left_out=["Spitz"])
    assert [diagnosis for _, diagnosis in cells] == ["Spitz", "naevus", "odd", "melanoma", ""]
    cells = read(tmp_path, {"image": "id", "diagnosis": ["fine", "coarse"]}, file="labels.xlsx")
    assert [diagnosis for _, diagnosis in cells] == ["naevus", "naevus", "odd", "melanoma", ""]


def test_a_column_for_each_diagnosis_is_read_by_its_mark(tmp_path):
    (tmp_path / "marks.csv").write_text("id,naevus,melanoma\n1,1,0\n2,0.0,1.0\n3,0,0\n4,1,1\n5,,1\n6,0.4,1\n")
    cells = read(tmp_path, {"image": "id"}, file="marks.csv", one_hot=True)
    expected = ["naevus", "melanoma", "", "naevus, melanoma", "melanoma", "a mark other than 1 and 0"]
    assert [diagnosis for _, diagnosis in cells] == expected


def test_folders_before_an_image_s_name_are_left_out_but_none_that_leads_elsewhere(tmp_path):
    (tmp_path / "paths.csv").write_text("id\nNEL/Nel 1/a.jpg\nb.jpg\n../c.jpg\n/d.jpg\nx/../e.jpg\n")
    cells = read(tmp_path, {"image": "id"}, file="paths.csv")
    assert [image for (image,) in cells] == ["a.jpg", "b.jpg", "../c.jpg", "/d.jpg", "../e.jpg"]


def test_without_a_table_each_mask_is_a_row(tmp_path):
    with pytest.raises(MissingDatasetError, match=r"clinic: no lesion masks in .*; expected <image_id>_segmentation"):
        read(tmp_path, {"image": "image"}, file=[])
    for name in ("b_segmentation.png", "a_mask.png", "masks/c.png"):
        save(mask_array(), tmp_path / name)
    assert read(tmp_path, {"image": "image"}, file=[]) == [("a",), ("b",), ("c",)]
    assert label_files("clinic", tmp_path, (), []) == []
