"""Declarations that ship, on real label tables and images."""

import os
from pathlib import Path

import pandas as pd
import pytest

from native_layouts import make_symderm
from ready_layouts import declared, ph2
from selcn.data.datasets.index import build_index, summarise
from selcn.data.datasets.sources import SourceSettings
from selcn.status.data_check import check_data

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def real_data() -> Path:
    folder = Path(os.environ.get("SELCN_REAL_DATA", Path(__file__).parents[3] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder}; set SELCN_REAL_DATA to their folder")
    return folder


def test_symderm_s_200_rows_of_ph2_are_found_in_ph2_s_layout(real_data, tmp_path):
    """Their labels are real; the images are synthetic, since PH2's may not be copied."""
    rows = pd.read_csv(real_data / "symderm/SymDerm_v2_labels.csv", dtype=str).query("Dataset == 'PH2'")
    names = rows["File"].str.removesuffix(".bmp")
    # PH2's code is 2 where SymDerm's is 0, and 0 where that is 2.
    table = [(name, 0, 2 - int(axes)) for name, axes in zip(names, rows["labels_symmetry"], strict=True)]
    folder = ph2(tmp_path / "ph2", table)
    make_symderm(tmp_path / "symderm", list(zip(rows["File"], rows["labels_symmetry"], strict=True)))
    of_symderm = build_index(SourceSettings("symderm", str(tmp_path / "symderm"), (str(folder),)))
    of_ph2 = build_index(declared("ph2symmetry", folder))
    same = ["image_id", "lesion_id", "label", "sha256"]
    assert summarise(of_ph2)["per_class"] == {"symmetric": 148, "asymmetric": 52}
    pd.testing.assert_frame_equal(of_symderm.index[same], of_ph2.index[same])


def test_isic2019_s_2745_images_beside_ham10000_s_are_an_external_set_of_their_own(real_data):
    settings = declared("isic2019other", real_data / "isic2019", on_rejected="drop")
    result = build_index(settings)
    assert summarise(result)["per_class"] == {"nv": 1838, "mel": 521, "bkl": 386}
    assert result.rejected["reason"].str.startswith("missing file").all()
    # 12,413 of Barcelona, and 158 without a lesion id.
    assert len(result.rejected) == 12571
    assert result.index["lesion_id"].str.startswith("HAM_").sum() == 0
    assert result.index["lesion_id"].str.startswith("MSK4_").sum() == 819
    complete, lines = check_data(settings, "ISIC2019 without HAM10000", "somewhere")
    assert not complete
    assert lines[:3] == [
        f"ISIC2019 without HAM10000: 2,745 of 15,316 images found, of {result.index['lesion_id'].nunique():,} lesions",
        "  classes: nv 1,838, mel 521, bkl 386",
        "  known: age of 2,441, sex of 2,488, site of 2,018, source of 0",
    ]
    assert lines[3].startswith("  missing images: 12,571, such as ")
    assert lines[4:] == ["  How to get them: somewhere."]
