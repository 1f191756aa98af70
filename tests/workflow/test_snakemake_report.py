"""Snakemake's own report is made of finished files, without running a job."""

import zipfile

import pytest

pytestmark = pytest.mark.workflow
FIGURE = "results/lesions/near-duplicates.png"


def test_a_marked_file_is_in_the_report_with_its_caption_and_the_page_in_our_style(study, monkeypatch):
    # The style sheet lies in the clone, which a shell has in PWD.
    monkeypatch.setenv("PWD", str(study.clone))
    study.run(FIGURE)
    before = (study.directory / FIGURE).stat().st_mtime_ns
    said = study.run("--report", "report.zip", FIGURE)
    assert "Report created." in said
    assert (study.directory / FIGURE).stat().st_mtime_ns == before
    with zipfile.ZipFile(study.directory / "report.zip") as report:
        names, page = report.namelist(), report.read("report/report.html").decode()
        (figure,) = [name for name in names if name.endswith("near-duplicates.png")]
        assert report.read(figure) == (study.directory / FIGURE).read_bytes()
    assert "The closest pairs of images over all data sets that no id reveals" in page
    assert "does symmetry help to classify skin lesions" in page
    assert (study.clone / "report/style.css").read_text() in page


def test_a_file_that_is_missing_is_named(study, monkeypatch):
    monkeypatch.setenv("PWD", str(study.clone))
    result = study.snakemake("--report", "report.zip", FIGURE)
    assert result.returncode != 0
    assert f"File {FIGURE} marked for report but does not exist." in result.stdout
    assert not (study.directory / "report.zip").exists()
