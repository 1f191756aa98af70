"""Diagnoses of SymDerm's images, which its own table lacks."""

import pandas as pd
import pytest

from jobs import run_script
from native_layouts import HAM_ROWS, make_ham10000, make_symderm
from selcn.storage.artifacts import read_table, write_table
from selcn.storage.checksums import record


def test_diagnoses_of_symderm_s_images_are_those_of_ham10000_s_metadata(tmp_path):
    ham10000 = tmp_path / "ham10000"
    make_ham10000(ham10000, HAM_ROWS)
    root = make_symderm(tmp_path / "symderm", [("ISIC_0000001.jpg", "0"), ("elsewhere.jpg", "1")])
    write_table(pd.DataFrame({"image_id": ["ISIC_0000001", "elsewhere"]}), root / "index.parquet")
    record(root / "index.parquet")

    def read(folders: list[str]) -> dict:
        inputs, outputs = {"index": str(root / "index.parquet")}, {"diagnoses": str(root / "diagnoses.parquet")}
        run_script(
            "read_diagnoses",
            tmp_path,
            inputs,
            outputs,
            {"source": {"dataset": "symderm", "folder": "x", "image_folders": folders}},
        )
        return read_table(root / "diagnoses.parquet").to_dict("list")

    metadata = pd.read_csv(ham10000 / "HAM10000_metadata.csv").set_index("image_id")
    assert read([str(ham10000)]) == {"image_id": ["ISIC_0000001"], "label": [metadata.loc["ISIC_0000001", "dx"]]}
    with pytest.raises(ValueError, match=r"of none of its 2 images is a diagnosis known.*\(none are named\)"):
        read([])
