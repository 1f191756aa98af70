"""Readers of the four data sets, on small copies of their native layouts, and rejected rows."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from native_layouts import (
    CLASSES_2019,
    HAM_ROWS,
    add_isic2019_test,
    index_of,
    make_ham10000,
    make_isic2016,
    make_isic2019,
    make_symderm,
    mask_array,
    photo,
    reasons,
    save,
)
from selcn.data.datasets.ids import problem_with_id
from selcn.data.datasets.index import build_index, summarise
from selcn.data.datasets.sources import SourceSettings, label_files
from selcn.data.datasets.tables import LabelTableError
from selcn.storage.artifacts import sha256_of

LEAVES = "id would leave its folder: it contains .., / or \\; rename the image"

# --- HAM10000


@pytest.mark.parametrize("name", ["HAM10000_metadata.csv", "HAM10000_metadata"])
def test_ham10000_is_indexed_over_both_folders(tmp_path, name):
    root = make_ham10000(tmp_path / "ham", list(reversed(HAM_ROWS)), name)
    result = index_of("ham10000", root)
    index = result.index
    assert index["image_id"].tolist() == ["ISIC_0000001", "ISIC_0000002", "ISIC_0000003"]
    assert index["lesion_id"].tolist() == ["HAM_1", "HAM_1", "ISIC_0000003"]
    assert index["label"].tolist() == ["nv", "nv", "mel"]
    assert set(index["part"]) == {"train"}
    assert {Path(path).parent.name for path in index["path"]} == {"HAM10000_images_part_1", "HAM10000_images_part_2"}
    assert index[["width", "height"]].drop_duplicates().to_numpy().tolist() == [[40, 36]]
    assert index["width"].dtype == np.int32
    assert index["sha256"].tolist() == [sha256_of(path) for path in index["path"]]
    assert index["mask_sha256"].tolist() == [sha256_of(path) for path in index["mask_path"]]
    assert result.rejected.empty
    counts = {"indexed": 3, "rejected": 0, "masks": 3, "passed_over": 0, "per_class": {"mel": 1, "nv": 2}}
    assert summarise(result) == counts


def test_paths_are_kept_as_the_folder_is_given(ham10000, monkeypatch):
    monkeypatch.chdir(ham10000.parent)
    index = build_index(SourceSettings("ham10000", "../" + ham10000.parent.name + "/ham10000", masked=True)).index
    assert index["path"].str.startswith("../").all()
    assert index["mask_path"].str.startswith("../").all()


# --- SymDerm


def test_symderm_merges_symmetric_and_finds_images_elsewhere(tmp_path, ham10000):
    rows = [("ISIC_0000001.jpg", "0"), ("ISIC_0000003.jpg", "1"), ("IMD003.bmp", "2"), ("D53_orig.jpg", "0")]
    root = make_symderm(tmp_path / "symderm", rows)
    save(photo(7), root / "images" / "IMD003.bmp")
    # SymDerm's own masks have the names of the images, except for the suffix.
    for file, _ in rows:
        save(mask_array(), root / ("Masks" if file.startswith("D53") else "outlines") / f"{Path(file).stem}.png")
    result = index_of("symderm", root, image_folders=(str(ham10000),))
    index = result.index.set_index("image_id")
    assert index["label"].to_dict() == {
        "IMD003": "symmetric",
        "ISIC_0000001": "asymmetric",
        "ISIC_0000003": "symmetric",
    }
    assert index["lesion_id"].to_dict() == {
        "IMD003": "IMD003",
        "ISIC_0000001": "HAM_1",
        "ISIC_0000003": "ISIC_0000003",
    }
    assert index.loc["ISIC_0000001", "path"].endswith("HAM10000_images_part_1/ISIC_0000001.jpg")
    assert index["mask_path"].isna().all()
    assert list(reasons(result)) == ["D53_orig"]
    assert reasons(result)["D53_orig"].startswith("missing file")
    assert str(root) in result.rejected["path"].iloc[0]
    assert str(ham10000) in result.rejected["path"].iloc[0]


def test_symderm_lesions_are_known_from_a_sub_folder_of_ham10000(tmp_path, ham10000):
    root = make_symderm(tmp_path / "symderm", [("ISIC_0000001.jpg", "0")])
    part = str(ham10000 / "HAM10000_images_part_1")
    assert index_of("symderm", root, image_folders=(part,)).index["lesion_id"].tolist() == ["HAM_1"]
    assert ham10000 / "HAM10000_metadata.csv" in label_files("symderm", root, (part,))


def test_symderm_unknown_label_is_named(tmp_path):
    root = make_symderm(tmp_path / "symderm", [("a.jpg", "3"), ("b.jpg", ""), ("c.jpg", "0")])
    save(photo(), root / "c.jpg")
    found = reasons(index_of("symderm", root))
    assert found == {
        key: f"unknown class {raw!r}; expected one of 0, 1, 2: correct it" for key, raw in (("a", "3"), ("b", ""))
    }


# --- ISIC 2019


def test_isic2019_maps_classes_and_keeps_those_that_no_network_knows(tmp_path):
    rows = [(f"ISIC_{number:07d}", name) for number, name in enumerate(CLASSES_2019)]
    rows += [("ISIC_0000100_downsampled", "SCC"), ("ISIC_0000101_downsampled", "MEL")]
    root = make_isic2019(tmp_path / "isic2019", rows, {"ISIC_0000003": "BCN_7"})
    result = index_of("isic2019", root)
    labels = dict(zip(result.index["image_id"], result.index["label"], strict=True))
    expected = {
        f"ISIC_{n:07d}": name for n, name in enumerate(["mel", "nv", "bcc", "akiec", "bkl", "df", "vasc", "scc", "unk"])
    }
    assert labels == expected | {"ISIC_0000100_downsampled": "scc", "ISIC_0000101_downsampled": "mel"}
    assert set(result.index["part"]) == {"train"}
    assert result.rejected.empty
    lesions = result.index.set_index("image_id")["lesion_id"]
    assert lesions["ISIC_0000003"] == "BCN_7"
    assert lesions["ISIC_0000004"] == "ISIC_0000004"
    assert result.index["path"].tolist()[-1].endswith("ISIC_0000101_downsampled.jpg")


def test_isic2019_bad_marks_are_named(tmp_path):
    rows = [
        ("a", {"MEL": "1.0", "NV": "1.0"}),
        ("b", {}),
        ("c", {"MEL": "0.5", "NV": "0.5"}),
        ("d", {name: "x" for name in CLASSES_2019}),
        ("e", "NV"),
        ("f", {"MEL": "1.0", "SCC": "1.0"}),
        ("g", {"SCC": "1.0", "UNK": "1.0"}),
    ]
    result = index_of("isic2019", make_isic2019(tmp_path / "isic2019", rows))
    assert reasons(result) == {
        "a": "several classes: MEL, NV; mark one",
        "b": "unknown class: none is marked; mark one",
        "c": "unknown class: a mark is neither 0.0 nor 1.0; correct it",
        "d": "unknown class: a mark is neither 0.0 nor 1.0; correct it",
        "f": "several classes: MEL, SCC; mark one",
        "g": "several classes: SCC, UNK; mark one",
    }
    assert result.index[["image_id", "label"]].to_numpy().tolist() == [["e", "nv"]]


def test_isic2019_official_test_set_is_optional_and_has_no_lesion_ids(tmp_path):
    root = make_isic2019(tmp_path / "isic2019", [("ISIC_1", "NV")], {"ISIC_1": "BCN_7"})
    add_isic2019_test(root, [("ISIC_8", "MEL"), ("ISIC_9", "UNK"), ("ISIC_10", {"NV": "1.0", "UNK": "1.0"})])
    result = index_of("isic2019", root)
    assert result.index[["image_id", "lesion_id", "label", "part", "sex"]].to_numpy().tolist() == [
        ["ISIC_1", "BCN_7", "nv", "train", "female"],
        ["ISIC_8", "ISIC_8", "mel", "test", "male"],
        ["ISIC_9", "ISIC_9", "unk", "test", "male"],
    ]
    assert result.index["path"].iloc[-1].endswith("ISIC_2019_Test_Input/ISIC_9.jpg")
    assert reasons(result) == {"ISIC_10": "several classes: NV, UNK; mark one"}
    assert str(root / "ISIC_2019_Test_GroundTruth.csv") == result.rejected["path"].iloc[0]
    assert len(label_files("isic2019", root)) == 4


def test_isic2019_official_test_set_without_metadata_has_unknown_patients(tmp_path):
    root = make_isic2019(tmp_path / "isic2019", [("ISIC_1", "NV")])
    add_isic2019_test(root, [("ISIC_8", "MEL")])
    (root / "ISIC_2019_Test_Metadata.csv").unlink()
    official = index_of("isic2019", root).index.iloc[1]
    assert official["part"] == "test"
    assert official[["age", "sex", "site", "source"]].isna().all()


def test_isic2019_id_in_both_parts_is_named(tmp_path):
    root = make_isic2019(tmp_path / "isic2019", [("ISIC_1", "NV"), ("ISIC_2", "NV")])
    add_isic2019_test(root, [("ISIC_1", "NV")])
    assert reasons(index_of("isic2019", root)) == {"ISIC_1": "id given 2 times, expected once; remove the other rows"}


def test_downsampled_ids_are_found_under_the_archives_name(tmp_path):
    root = make_isic2019(tmp_path / "isic2019", [("ISIC_0000101_downsampled", "MEL")])
    images = root / "ISIC_2019_Training_Input"
    (images / "ISIC_0000101_downsampled.jpg").rename(images / "ISIC_0000101.JPG")
    index = index_of("isic2019", root).index
    assert index["image_id"].tolist() == ["ISIC_0000101_downsampled"]
    assert index["path"].iloc[0].endswith("ISIC_0000101.JPG")


# --- ISIC 2016


@pytest.mark.parametrize("header", ["", "image_id,label\n", "image,melanoma\r\n"])
@pytest.mark.parametrize(("benign", "malignant"), [("benign", "malignant"), ("0", "1"), ("0.0", "1.0")])
def test_isic2016_with_and_without_header(tmp_path, header, benign, malignant):
    root = make_isic2016(tmp_path / "a", f"{header}ISIC_1,{benign}\r\nISIC_2,{malignant}\n", "ISIC_9,0.0\r\n")
    result = index_of("isic2016", root)
    assert result.index[["image_id", "lesion_id", "label", "part"]].to_numpy().tolist() == [
        ["ISIC_1", "ISIC_1", "benign", "train"],
        ["ISIC_2", "ISIC_2", "malignant", "train"],
        ["ISIC_9", "ISIC_9", "benign", "test"],
    ]
    assert result.rejected.empty


def test_isic2016_test_part_is_optional(tmp_path):
    result = index_of("isic2016", make_isic2016(tmp_path / "a", "ISIC_1,benign\n"))
    assert result.index["part"].tolist() == ["train"]


def test_isic2016_bad_first_row_is_no_header(tmp_path):
    root = make_isic2016(tmp_path / "a", "ISIC_1,begnign\nISIC_2,benign\n")
    assert list(reasons(index_of("isic2016", root))) == ["ISIC_1"]


def test_isic2016_id_in_both_parts_is_named(tmp_path):
    root = make_isic2016(tmp_path / "a", "ISIC_1,benign\nISIC_2,benign\n", "ISIC_1,0\n")
    assert reasons(index_of("isic2016", root)) == {"ISIC_1": "id given 2 times, expected once; remove the other rows"}


# --- bad rows


def test_ids_given_twice_and_unknown_classes_are_named(tmp_path):
    rows = [*HAM_ROWS, ("HAM_4", "ISIC_0000002", "mel"), ("HAM_5", "ISIC_0000005", "NV?")]
    result = index_of("ham10000", make_ham10000(tmp_path / "ham", rows))
    assert result.index["image_id"].tolist() == ["ISIC_0000001", "ISIC_0000003"]
    assert reasons(result) == {
        "ISIC_0000002": "id given 2 times, expected once; remove the other rows",
        "ISIC_0000005": "unknown class 'NV?'; expected one of akiec, bcc, bkl, df, mel, nv, vasc: correct it",
    }
    assert result.rejected["path"].tolist() == [(tmp_path / "ham/HAM10000_metadata.csv").as_posix()] * 2


@pytest.mark.parametrize("bad", ["../secret", "a/b", "/etc/passwd", "..", "a\\b", "x..y"])
def test_an_id_that_would_leave_its_folder_is_named(tmp_path, bad):
    root = make_ham10000(tmp_path / "ham", [*HAM_ROWS, ("HAM_9", bad, "nv")])
    save(photo(), tmp_path / "secret.jpg")
    result = index_of("ham10000", root)
    assert reasons(result) == {bad: LEAVES}
    assert len(result.index) == 3


@pytest.mark.parametrize("bad", ["../x.jpg", "sub/x.jpg"])
def test_a_folder_in_symderms_file_is_named(tmp_path, bad):
    root = make_symderm(tmp_path / "symderm", [(bad, "0")])
    save(photo(), root / "sub" / "x.jpg")
    assert list(reasons(index_of("symderm", root)).values()) == [LEAVES]


@pytest.mark.parametrize("bad", ["", ".hidden", "-rf", "a b", "a\nb", "ISIC_1\n", "é", "a" * 101, "_a"])
def test_other_bad_ids(bad):
    assert problem_with_id(bad)


@given(st.text(alphabet=st.sampled_from("aZ09_.-/\\\n \0é~"), max_size=12) | st.text(max_size=12))
def test_an_accepted_id_names_a_file_of_its_folder(image_id):
    if problem_with_id(image_id) is None:
        assert (Path("/folder") / f"{image_id}.jpg").resolve() == Path(f"/folder/{image_id}.jpg")
        assert not {"/", "\0", "\n", "\\", " "} & set(image_id)
        assert image_id[0].isalnum()


def test_tables_that_are_no_tables(tmp_path):
    root = make_ham10000(tmp_path / "ham", HAM_ROWS)
    table = root / "HAM10000_metadata.csv"
    table.write_text("image_id|dx\na|nv\n")
    with pytest.raises(LabelTableError, match=r"HAM10000_metadata.csv: no column lesion_id, image_id, dx; found"):
        index_of("ham10000", root)
    table.write_bytes(b"\xfe\x00\x01\n\x80")
    with pytest.raises(LabelTableError, match="not a readable label table"):
        index_of("ham10000", root)
    table.write_text("")
    with pytest.raises(LabelTableError, match="not a readable label table"):
        index_of("ham10000", root)
    with pytest.raises(LabelTableError, match="3 columns; expected 2"):
        index_of("isic2016", make_isic2016(tmp_path / "isic", "a,benign,1\n"))


def test_a_column_given_twice_is_named(tmp_path):
    root = make_ham10000(tmp_path / "ham", HAM_ROWS)
    table = root / "HAM10000_metadata.csv"
    table.write_text("\n".join(f"{line},{line.split(',')[2]}" for line in table.read_text().splitlines()))
    with pytest.raises(LabelTableError, match="more than one column dx; found 'lesion_id'"):
        index_of("ham10000", root)


def test_stray_quotation_marks_lose_no_row_unseen(tmp_path):
    root = make_ham10000(tmp_path / "ham", HAM_ROWS)
    table = root / "HAM10000_metadata.csv"
    first, rest = table.read_text().split(",vidir_modern", 1)
    second, rest = rest.split(",vidir_modern", 1)
    table.write_text(f'{first},"vidir_modern{second},vidir_modern"{rest}')
    with pytest.raises(LabelTableError, match="a cell of row 2 spans several lines"):
        index_of("ham10000", root)


def test_a_long_cell_is_cut_short_in_messages(tmp_path):
    result = index_of("ham10000", make_ham10000(tmp_path / "ham", [*HAM_ROWS, ("", "ISIC_4", "x" * 10_000)]))
    assert reasons(result)["ISIC_4"].startswith(f"unknown class '{'x' * 80}...'; expected one of akiec")
    assert len(reasons(result)["ISIC_4"]) < 200


def test_a_table_of_absurd_size_is_not_read(tmp_path):
    root = make_ham10000(tmp_path / "ham", HAM_ROWS)
    os.truncate(root / "HAM10000_metadata.csv", 2**40)
    with pytest.raises(LabelTableError, match="1099511627776 bytes, expected up to"):
        index_of("ham10000", root)


def test_a_byte_order_mark_and_spaces_are_no_part_of_a_cell(tmp_path):
    root = make_ham10000(tmp_path / "ham", HAM_ROWS)
    table = root / "HAM10000_metadata.csv"
    table.write_text("\ufeff" + table.read_text().replace("ISIC_0000001,", " ISIC_0000001 ,"), encoding="utf-8")
    assert len(index_of("ham10000", root).index) == 3
