"""The index of a data set: which files are found, what is missing, the limit, and stop or drop."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs import run_script
from native_layouts import (
    HAM_ROWS,
    index_of,
    make_ham10000,
    make_isic2016,
    make_isic2019,
    make_symderm,
    photo,
    reasons,
    save,
)
from selcn.data.datasets.files import find_images, list_files
from selcn.data.datasets.index import RejectedImagesError, build_index, require_accepted, summarise
from selcn.data.datasets.sources import MissingDatasetError, SourceSettings, label_files
from selcn.storage.artifacts import read_json, read_table

SCRIPTS = Path(__file__).parents[3] / "workflow_scripts"


# --- finding files


def test_masks_superpixels_and_hidden_files_are_no_images(tmp_path):
    for name in (
        "x/a_segmentation.png",
        "x/a_Segmentation.png",
        "x/a_superpixels.png",
        "Masks/a.png",
        "HAM10000_segmentations_lesion_tschandl/a.png",
        "x/._a.jpg",
        "__MACOSX/a.jpg",
        "x/a.txt",
    ):
        save(photo(), (tmp_path / name).with_suffix(".png")).rename(tmp_path / name)
    listing = list_files([str(tmp_path)])
    assert listing.images == {}
    assert set(listing.masks) == {"a"}


def test_a_folder_above_may_be_called_anything(tmp_path):
    path = save(photo(), tmp_path / "masks" / "data" / "a.jpg")
    assert find_images(list_files([str(tmp_path / "masks")]), "a.jpg") == [path]


def test_which_of_several_files_is_taken(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    for path in (one / "a.png", one / "a.jpeg", two / "a.jpg", two / "b.png", two / "sub" / "b.png"):
        save(photo(), path)
    listing = list_files([str(one), str(two)])
    assert find_images(listing, "a.jpg") == [two / "a.jpg"]  # the exact name, in any folder
    assert find_images(listing, "a.bmp") == [one / "a.jpeg"]  # else the first folder, JPEG first
    assert find_images(listing, "b.png") == [two / "b.png", two / "sub" / "b.png"]
    assert find_images(listing, "c.jpg") == []


def test_an_image_found_twice_is_named(ham10000):
    save(photo(9), ham10000 / "HAM10000_images_part_2" / "ISIC_0000001.jpg")
    reason = reasons(index_of("ham10000", ham10000))["ISIC_0000001"]
    assert reason.startswith("image found twice with different contents, also as")
    assert "HAM10000_images_part_2" in reason


def test_links_to_folders_are_followed_once(tmp_path):
    path = save(photo(), tmp_path / "store" / "a.jpg")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "images").symlink_to(tmp_path / "store")
    (tmp_path / "store" / "back").symlink_to(tmp_path / "data")
    assert find_images(list_files([str(tmp_path / "data")]), "a.jpg") == [tmp_path / "data" / "images" / path.name]


# --- missing data sets


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [
        ("ham10000", ["HAM10000_metadata.csv or HAM10000_metadata", "HAM10000_images_part_1", "Dataverse"]),
        ("symderm", ["SymDerm_v2_labels.csv", "image_folders", "isic-cli", "Dataverse"]),
        ("isic2019", ["ISIC_2019_Training_GroundTruth.csv", "ISIC_2019_Training_Metadata.csv", "isic-cli"]),
        ("isic2016", ["ISBI2016_ISIC_Part3_Training_GroundTruth.csv", "Optional", "isic-cli"]),
    ],
)
def test_a_missing_data_set_says_where_what_and_how(tmp_path, dataset, expected):
    folder = tmp_path / "nowhere"
    with pytest.raises(MissingDatasetError) as error:
        label_files(dataset, folder)
    for part in [*expected, f"{dataset}: data set missing. Searched in {folder} (no such folder)"]:
        assert part in str(error.value)
    folder.mkdir()
    with pytest.raises(MissingDatasetError) as error:
        label_files(dataset, folder)
    assert "no such folder" not in str(error.value)


def test_label_files_lists_what_is_there(tmp_path):
    root = make_isic2016(tmp_path / "a", "ISIC_1,benign\n", "ISIC_2,0\n")
    names = [path.name for path in label_files("isic2016", root)]
    assert names == ["ISBI2016_ISIC_Part3_Training_GroundTruth.csv", "ISBI2016_ISIC_Part3_Test_GroundTruth.csv"]
    root = make_isic2019(tmp_path / "b", [("a", "NV")])
    (root / "ISIC_2019_Training_Metadata.csv").unlink()
    with pytest.raises(MissingDatasetError, match=r"Not found: ISIC_2019_Training_Metadata\.csv\n"):
        label_files("isic2019", root)


def test_a_missing_image_folder_is_named(ham10000):
    with pytest.raises(MissingDatasetError, match="gone: no such folder"):
        index_of("ham10000", ham10000, image_folders=(str(ham10000 / "gone"),))


def test_sources_needs_only_the_standard_library():
    code = f"import sys; sys.path.insert(0, {str(SCRIPTS)!r}); import selcn.data.datasets.sources"
    assert subprocess.run([sys.executable, "-S", "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("wrong", [{"dataset": "ham"}, {"on_rejected": "ignore"}, {"limit_per_class": 0}])
def test_settings_refuse_what_nothing_later_would_notice(wrong):
    with pytest.raises(ValueError, match=r"unknown data set|on_rejected|limit_per_class"):
        SourceSettings(**{"dataset": "ham10000", "folder": "x"} | wrong)


# --- the limit

MANY = [(f"HAM_{n}", f"ISIC_{n:07d}", "nv" if n % 3 else "mel") for n in range(24)]
# The first three of each class by the SHA-256 of their ids, listed here so that they never change.
LIMITED = ["ISIC_0000000", "ISIC_0000003", "ISIC_0000008", "ISIC_0000017", "ISIC_0000019", "ISIC_0000021"]


@pytest.fixture(scope="module")
def many(tmp_path_factory) -> Path:
    return make_ham10000(tmp_path_factory.mktemp("many"), MANY)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(MANY), threads=st.sampled_from([1, 4]))
def test_the_limit_takes_the_same_images_in_whatever_order(many, order, threads):
    lines = (many / "HAM10000_metadata.csv").read_text().splitlines()
    by_id = {line.split(",")[1]: line for line in lines[1:]}
    shuffled = [by_id[image] for _, image, _ in order]
    (many / "HAM10000_metadata.csv").write_text("\n".join([lines[0], *shuffled]) + "\n")
    result = build_index(SourceSettings("ham10000", str(many), limit_per_class=3, masked=True), threads)
    assert result.index["image_id"].tolist() == LIMITED
    assert result.rejected.empty


def test_the_limit_passes_over_bad_images_and_names_only_those_it_met(tmp_path):
    root = make_ham10000(tmp_path / "ham", MANY)
    nevi = [image for image in LIMITED if dict((i, d) for _, i, d in MANY)[image] == "nv"]
    next(root.glob(f"*/{nevi[0]}.jpg")).unlink()
    result = index_of("ham10000", root, limit_per_class=3)
    assert list(reasons(result)) == [nevi[0]]
    assert summarise(result)["per_class"] == {"mel": 3, "nv": 3}
    assert set(nevi[1:]) < set(result.index["image_id"])


def test_the_limit_counts_each_part_of_isic2016(tmp_path):
    train = "".join(f"a{n},{n % 2}\n" for n in range(8))
    test = "".join(f"b{n},{n % 2}\n" for n in range(8))
    index = index_of("isic2016", make_isic2016(tmp_path / "a", train, test), limit_per_class=2).index
    assert index.groupby(["part", "label"]).size().tolist() == [2, 2, 2, 2]


# --- stop or drop


def test_rejected_images_stop_the_run_with_the_first_ten(tmp_path):
    rows = [*HAM_ROWS, *((f"HAM_{n}", f"bad_{n:02d}", "what") for n in range(12))]
    settings_ = SourceSettings("ham10000", str(make_ham10000(tmp_path / "ham", rows)), masked=True)
    result = build_index(settings_)
    with pytest.raises(RejectedImagesError) as error:
        require_accepted(result, settings_, "logs/index.log")
    message = str(error.value)
    assert message.startswith("ham10000: 12 of 15 images rejected; the run stops:")
    assert [f"bad_{n:02d}" in message for n in range(12)] == [True] * 10 + [False] * 2
    assert message.count("unknown class 'what'") == 10
    assert "... and 2 more" in message
    assert "`on_rejected: drop`" in message
    assert "logs/index.log" in message
    require_accepted(result, replace(settings_, on_rejected="drop"), "logs/index.log")


def test_nothing_left_stops_even_where_images_are_dropped(tmp_path):
    root = make_symderm(tmp_path / "symderm", [("a.jpg", "0")])
    settings_ = SourceSettings("symderm", str(root), on_rejected="drop")
    with pytest.raises(
        RejectedImagesError, match=r"no image is left(.|\n)*How to get the missing files(.|\n)*Dataverse"
    ):
        require_accepted(build_index(settings_), settings_, "log")


def test_nothing_rejected_stops_nothing(ham10000):
    settings_ = SourceSettings("ham10000", str(ham10000), masked=True)
    result = build_index(settings_)
    assert result.rejected.empty
    require_accepted(result, settings_, "log")


def run_rule(folder: Path, root: Path, **source) -> dict[str, Path]:
    outputs = {name: folder / name for name in ("index.parquet", "rejected.csv", "summary.json")}
    outputs = {path.stem: path for path in outputs.values()}
    folder.mkdir()
    params = {"source": {"dataset": "ham10000", "folder": str(root), "image_folders": [], "masked": True} | source}
    run_script("index_dataset", folder, {}, outputs, params)
    return outputs


def test_the_script_writes_index_rejected_and_summary(tmp_path, ham10000):
    (ham10000 / "HAM10000_images_part_2" / "ISIC_0000002.jpg").unlink()
    written = run_rule(tmp_path / "out", ham10000, on_rejected="drop")
    expected = index_of("ham10000", ham10000)
    pd.testing.assert_frame_equal(read_table(written["index"]), expected.index)
    pd.testing.assert_frame_equal(pd.read_csv(written["rejected"], dtype="str"), expected.rejected)
    assert read_json(written["summary"]) == {
        "indexed": 2,
        "rejected": 1,
        "masks": 2,
        "passed_over": 0,
        "per_class": {"mel": 1, "nv": 1},
    }


def test_the_script_leaves_the_whole_list_in_its_log_when_it_stops(tmp_path):
    rows = [*HAM_ROWS, *((f"HAM_{n}", f"bad_{n:02d}", "what") for n in range(12))]
    root = make_ham10000(tmp_path / "ham", rows)
    with pytest.raises(RejectedImagesError, match=r"index_dataset\.log"):
        run_rule(tmp_path / "out", root)
    log = (tmp_path / "out" / "index_dataset.log").read_text()
    assert all(f"rejected 'bad_{n:02d}': unknown class 'what'" in log for n in range(12))
    assert not (tmp_path / "out" / "index.parquet").exists()
