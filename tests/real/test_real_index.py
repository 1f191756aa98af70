"""The index of the real data sets, in the layouts in which they are distributed, against their published counts."""

import os
from pathlib import Path

import pytest

from selcn.data.datasets.index import IndexResult, build_index, summarise
from selcn.data.datasets.sources import SourceSettings

pytestmark = pytest.mark.real


@pytest.fixture(scope="session")
def real_data() -> Path:
    folder = Path(os.environ.get("SELCN_REAL_DATA", Path(__file__).parents[3] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder}; set SELCN_REAL_DATA to their folder")
    return folder


def index_of(real_data: Path, dataset: str, folder: str, *image_folders: str) -> IndexResult:
    if not (real_data / folder).is_dir():
        pytest.skip(f"{real_data / folder} is missing")
    others = tuple(str(real_data / name) for name in image_folders)
    return build_index(SourceSettings(dataset, str(real_data / folder), others, masked=dataset == "ham10000"))


def missing(result: IndexResult) -> int:
    assert result.rejected["reason"].str.startswith("missing file").all()
    return len(result.rejected)


def test_ham10000_is_whole(real_data):
    result = index_of(real_data, "ham10000", "ham10000_200x150")
    assert summarise(result) == {
        "indexed": 10015,
        "rejected": 0,
        "masks": 10015,
        "passed_over": 0,
        "per_class": {"nv": 6705, "mel": 1113, "bkl": 1099, "bcc": 514, "akiec": 327, "vasc": 142, "df": 115},
    }
    assert result.index["lesion_id"].nunique() == 7470
    assert result.index["mask_path"].notna().all()
    assert result.index[["width", "height"]].drop_duplicates().to_numpy().tolist() == [[200, 150]]


def test_ham10000_at_its_own_size(real_data):
    """Its masks are partly palette images, partly grey ones."""
    result = index_of(real_data, "ham10000", "ham10000_600x450")
    assert len(result.index) == 283
    assert result.rejected.empty


def test_symderm_finds_its_images_in_ham10000(real_data):
    result = index_of(real_data, "symderm", "symderm", "ham10000_200x150")
    assert len(result.index) == 2176
    assert missing(result) == 479
    assert result.index["path"].str.contains("ham10000_200x150").sum() == 2000
    assert result.index["lesion_id"].str.startswith("HAM_").sum() == 2000


def test_isic2019_has_all_of_ham10000_and_calls_some_of_it_scc(real_data):
    result = index_of(real_data, "isic2019", "isic2019", "ham10000_200x150")
    assert len(result.index) + missing(result) == 25331
    assert len(result.index) == 12760
    assert set(result.index["part"]) == {"train"}
    ham10000 = result.index["path"].str.contains("ham10000_200x150")
    assert ham10000.sum() == 10015
    # All of its images labelled SCC that are here are HAM10000's actinic keratoses.
    assert (result.index["label"] == "scc").sum() == (result.index.loc[ham10000, "label"] == "scc").sum() == 197


def test_isic2016_has_both_parts_labels(real_data):
    result = index_of(real_data, "isic2016", "isic2016")
    assert len(result.index) == 806
    assert missing(result) == 900 + 379 - 806
    assert set(result.index["part"]) == {"train"}
