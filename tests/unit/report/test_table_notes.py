"""Notes of tables on the images behind their values."""

import pandas as pd

from score_files import THESIS, by_model, lesion_file, write
from selcn.report.tables.build import build_table
from selcn.report.tables.models import CELLS
from selcn.storage.artifacts import write_table


def test_rejected_images_are_counted(tmp_path):
    files = [lesion_file(tmp_path, CELLS[0], 0.8)]
    summaries = {
        "ham10000": write(tmp_path / "a.json", {"indexed": 10012, "rejected": 3}),
        "isic2019": write(tmp_path / "b.json", {"indexed": 9, "rejected": 0}),
    }
    notes = build_table("08b", "thesis", by_model(files), THESIS / "table-08b.csv", summaries).notes
    assert notes[0] == "3 of 10,015 images of HAM10000 were rejected and are not included."
    assert not any("ISIC2019" in note for note in notes)


def test_images_without_a_predicted_lesion_are_counted_by_data_set(tmp_path):
    manifests = {
        "ham10000": pd.DataFrame({"lesion_found": [True] + [False] * 1500, "x0": 0, "x1": 8}),
        "symderm": pd.DataFrame({"lesion_found": [True, False], "x0": 0, "x1": [8, 0]}),
        "isic2019": pd.DataFrame({"lesion_found": [True, True], "x0": 0, "x1": 8}),
    }
    paths = {name: tmp_path / f"{name}.parquet" for name in manifests}
    for name, manifest in manifests.items():
        write_table(manifest, paths[name])
    files = by_model([lesion_file(tmp_path, CELLS[0], 0.8)])
    notes = build_table("08b", "thesis", files, THESIS / "table-08b.csv", masks=paths).notes
    assert notes[:2] == (
        "No lesion was found in 1,500 of 1,501 images of HAM10000; their input under either mask is the whole image "
        "(`empty_masks`).",
        "No lesion was found in 1 of 2 images of SymDerm v2.0; their input under either mask is black (`empty_masks`).",
    )
    assert not any("ISIC2019" in note for note in notes)
