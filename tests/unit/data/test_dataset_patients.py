"""Patient data of label tables: cleaned, and never a reason for an index to fail."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from native_layouts import HAM_ROWS, index_of, make_ham10000, make_isic2016, make_isic2019, make_symderm, photo, save
from selcn.data.datasets.patients import COLUMNS, OLDEST, SEXES, read_patients
from selcn.storage.artifacts import read_table, write_table


def patients_of(result) -> pd.DataFrame:
    return result.index.set_index("image_id")[list(COLUMNS)]


def rewrite(path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n")


def test_ham10000_has_all_four(tmp_path):
    found = patients_of(index_of("ham10000", make_ham10000(tmp_path / "ham", HAM_ROWS)))
    assert found.loc["ISIC_0000001"].tolist() == [80, "male", "scalp", "vidir_modern"]
    assert found["age"].dtype == np.float32


def test_an_older_release_of_ham10000_has_no_source(tmp_path):
    root = make_ham10000(tmp_path / "ham", HAM_ROWS)
    lines = (root / "HAM10000_metadata.csv").read_text().splitlines()
    rewrite(root / "HAM10000_metadata.csv", [line.rpartition(",")[0] for line in lines])
    result = index_of("ham10000", root)
    assert result.rejected.empty
    assert patients_of(result)["source"].isna().all()
    assert (patients_of(result)["site"] == "scalp").all()


def test_isic2019_joins_its_metadata_and_takes_the_source_from_the_lesion(tmp_path):
    lesions = {"a": "MSK4_0011169", "b": "BCN_0003882", "c": "HAM_0000118"}
    root = make_isic2019(tmp_path / "isic2019", [(name, "NV") for name in "dcba"], lesions)
    path = root / "ISIC_2019_Training_Metadata.csv"
    header, *lines = path.read_text().splitlines()
    rewrite(path, [header, *(line.replace("55", str(10 * k)) for k, line in enumerate(reversed(lines))), lines[0]])
    found = patients_of(index_of("isic2019", root))
    assert found["source"].fillna("?").to_dict() == {"a": "msk", "b": "bcn", "c": "ham", "d": "?"}
    assert found["age"].to_dict() == {"a": 0, "b": 10, "c": 20, "d": 30}
    assert found.loc["a", ["sex", "site"]].tolist() == ["female", "anterior torso"]


def test_an_image_without_metadata_is_indexed(tmp_path):
    root = make_isic2019(tmp_path / "isic2019", [("a", "NV"), ("b", "MEL")], {"a": "HAM_1", "b": "HAM_2"})
    path = root / "ISIC_2019_Training_Metadata.csv"
    rewrite(path, path.read_text().splitlines()[:2])
    result = index_of("isic2019", root)
    assert result.index["lesion_id"].tolist() == ["HAM_1", "b"]
    assert patients_of(result).loc["b"].isna().all()


def test_the_other_data_sets_say_nothing(tmp_path):
    symderm = make_symderm(tmp_path / "symderm", [("a.jpg", "0")])
    save(photo(), symderm / "a.jpg")
    isic2016 = make_isic2016(tmp_path / "isic2016", "image,label\nb,benign\n", "c,1\n")
    for dataset, root in (("symderm", symderm), ("isic2016", isic2016)):
        result = index_of(dataset, root)
        assert len(result.index)
        assert patients_of(result).isna().all(axis=None)
        write_table(result.index, tmp_path / "index.parquet")
        pd.testing.assert_frame_equal(read_table(tmp_path / "index.parquet"), result.index)


STRANGE = {
    "age": ["-5", "121", "1e9", "inf", "nan", "forty", "", "unknown"],
    "sex": ["", "unknown", "d", "N/A", "0"],
    "site": ["", "Unknown", "none"],
    "source": ["", "null"],
}


@pytest.mark.parametrize(("column", "raw"), [(column, raw) for column in COLUMNS for raw in STRANGE[column]])
def test_strange_values_are_missing_and_reject_nothing(tmp_path, column, raw):
    root = make_ham10000(tmp_path / "ham", HAM_ROWS)
    table = pd.read_csv(root / "HAM10000_metadata.csv", dtype=str)
    table.loc[0, {"site": "localization", "source": "dataset"}.get(column, column)] = raw
    table.to_csv(root / "HAM10000_metadata.csv", index=False)
    result = index_of("ham10000", root)
    assert result.rejected.empty
    assert patients_of(result)[column].isna().tolist() == [True, False, False]


def test_values_are_cleaned():
    raw = pd.DataFrame({"age_approx": ["0", "85.0", str(OLDEST)], "sex": ["Male", "FEMALE", "male"]})
    found = read_patients(raw, {"age": "age_approx", "sex": "sex", "site": "absent"})
    assert list(found.columns) == list(COLUMNS)
    assert found["age"].tolist() == [0, 85, OLDEST]
    assert found["sex"].tolist() == ["male", "female", "male"]
    assert found[["site", "source"]].isna().all(axis=None)


@given(cells=st.lists(st.tuples(*[st.text(max_size=12)] * 4), min_size=1, max_size=5))
def test_whatever_a_table_holds_is_read(cells):
    found = read_patients(
        pd.DataFrame(cells, columns=list(COLUMNS), dtype=str), dict(zip(COLUMNS, COLUMNS, strict=True))
    )
    assert found["age"].dropna().between(0, OLDEST).all()
    assert found["sex"].dropna().isin(set(SEXES.values())).all()


def test_short_names_of_sexes_are_read():
    table = pd.DataFrame({"geschlecht": ["w", "M", "f", "male", "d", ""]})
    assert read_patients(table, {"sex": "geschlecht"})["sex"].tolist() == [
        "female",
        "male",
        "female",
        "male",
        None,
        None,
    ]
