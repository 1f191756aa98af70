"""Tables refuse incomplete or unexpected files, and name them."""

import pytest

from score_files import THESIS, folds, lesion_file, localisation, write
from selcn.report.tables.build import build_table
from selcn.report.tables.models import CELLS
from selcn.report.tables.specs import SPECS
from selcn.report.tables.values import MissingValueError, read_thesis


def test_a_missing_value_names_file_and_key(tmp_path):
    file = write(tmp_path / CELLS[0] / "metrics.json", {"test": {"accuracy": folds(0.5)}, "images": {"test": 5}})
    with pytest.raises(MissingValueError, match=r"cls-none_sym-off/metrics\.json: 'test\.kappa\.mean' is missing"):
        build_table("08b", "thesis", {CELLS[0]: file}, THESIS / "table-08b.csv")


def test_a_value_that_is_no_number_is_refused(tmp_path):
    file = write(tmp_path / "none" / "localisation.json", localisation(pointing_game="0.8"))
    with pytest.raises(MissingValueError, match=r"'pointing_game' is '0\.8'; expected a number"):
        build_table("07", "thesis", {"none": file}, THESIS / "table-07.csv")


def test_a_summary_without_its_counts_names_the_file(tmp_path):
    file = lesion_file(tmp_path, CELLS[0], 0.8)
    summary = write(tmp_path / "data" / "ham10000" / "summary.json", {"indexed": 10012})
    with pytest.raises(MissingValueError, match=r"ham10000/summary\.json: rejected missing"):
        build_table("08b", "thesis", {CELLS[0]: file}, THESIS / "table-08b.csv", {"ham10000": summary})


def test_a_model_that_is_no_cell_is_refused(tmp_path):
    file = write(tmp_path / "metrics.json", {})
    with pytest.raises(ValueError, match="'fold-0' is not a cell"):
        build_table("08b", "thesis", {"fold-0": file}, THESIS / "table-08b.csv")


def test_thesis_csv_without_a_column_names_the_file(tmp_path):
    path = tmp_path / "table-08b.csv"
    path.write_text("model,cell,metric,mean\n1,cls-none_sym-off,kappa,0.5\n")
    with pytest.raises(MissingValueError, match=r"table-08b\.csv: no column sd; found model, cell, metric, mean"):
        read_thesis(path, SPECS["08b"])
