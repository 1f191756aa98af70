"""What the report's page is made of, and the files beside it."""

from pathlib import Path

import pytest
import yaml

from selcn.report.html import digest
from selcn.workflow.inputs.page import PageInputs
from selcn.workflow.named_targets import targets_of
from selcn.workflow.study import Study
from studies import PROJECT


def inputs_of(**changes: object) -> PageInputs:
    config = yaml.safe_load((PROJECT / "config.yaml").read_text()) | {"demo": None}
    return PageInputs(Study.from_config(config | changes))


CLINIC = {
    "name": "Clinic",
    "roles": ["external"],
    "folder": "data/clinic",
    "table": "labels.csv",
    "columns": {"image": "file", "diagnosis": "dx"},
    "diagnoses": {"naevus": "nv", "melanoma": "mel"},
}


@pytest.mark.parametrize("further", [{}, {"clinic": CLINIC}], ids=["default", "with a further external set"])
def test_every_table_and_figure_of_the_study_is_an_input(further):
    datasets = yaml.safe_load((PROJECT / "config.yaml").read_text())["datasets"]
    inputs = inputs_of(datasets=datasets | further)
    files = inputs.files()
    targets = targets_of(inputs.study)
    texts = {path for path in targets["tables"] if path.endswith(".md") and "/lesions/" not in path}
    assert set(files["texts"]) == texts
    assert set(files["tables"]) == {path.replace(".md", ".csv") for path in texts if "answers" not in path}
    # Hair removal is the same in every protocol.
    figures = {Path(path).with_suffix("") for path in targets["figures"]}
    assert {Path(path).with_suffix("") for path in files["figures"]} == figures - {
        Path("results/leakfree/figures/figure-05")
    }


def test_the_parameters_say_what_each_file_is_of():
    inputs = inputs_of()
    files, shown = inputs.files(), inputs.shown()
    for name in ("tables", "texts", "figures", "splits", "evaluated"):
        assert len(files[name]) == len(shown[name])
    for (protocol, name), path in zip(shown["tables"], files["tables"], strict=True):
        assert path == f"results/{protocol}/tables/{name}.csv"
    for (protocol, _, model), path in zip(shown["evaluated"], files["evaluated"], strict=True):
        assert path.startswith(f"results/{protocol}/")
        assert f"/{model}/" in path


def test_masks_are_an_ensemble_s_where_there_is_one_and_no_out_of_fold_network():
    segmentation = yaml.safe_load((PROJECT / "config.yaml").read_text())["segmentation"]
    several = segmentation | {"ensemble": {"folds": 3, "flips": False}}
    assert inputs_of().ensembles() == []
    assert inputs_of(segmentation=several).ensembles() == ["thesis"]
    assert inputs_of().files()["selected"] == [
        f"results/{protocol}/segmentation/selected.json" for protocol in ("thesis", "leakfree")
    ]


def test_without_photographs_no_copy_is_made_of_a_figure_that_shows_them():
    of_study = {path for path in inputs_of().files()["figures"] if path.endswith(".png")}
    named = (
        "figure-03",
        "figure-05",
        "figure-08",
        "figure-09",
        "figure-10",
        "shams",
        "doubtful-labels",
        "near-duplicates",
    )
    assert {Path(path).stem for path in of_study} == set(named)
    report = {"photographs": False, "sheets_per_class": 1}
    assert of_study <= set(inputs_of().copied())
    assert not of_study & set(inputs_of(report=report).copied())


@pytest.mark.parametrize("protocol", ["thesis", "leakfree"])
def test_a_study_of_one_protocol_without_backbones_shams_and_searches(protocol):
    inputs = inputs_of(protocols=[protocol])
    config = inputs.study.config
    config["symmetry"]["backbones"], config["lesion"]["sham"], config["search"]["trials"] = [], False, 0
    inputs = PageInputs(Study.from_config(config))
    paths = [path for paths in inputs.files().values() for path in paths]
    assert not [path for path in paths if any(name in path for name in ("backbones", "malignancy", "sham", "search"))]
    texts = {path for path in targets_of(inputs.study)["tables"] if path.endswith("md") and "/lesions/" not in path}
    assert set(inputs.files()["texts"]) == texts


def test_copies_lie_beside_the_page_by_their_paths_under_results():
    inputs = inputs_of()
    assert "results/report/files/thesis/figures/figure-11.svg" in inputs.copies()
    assert dict(zip(inputs.copied(), inputs.copies(), strict=True))["results/thesis/tables/table-05.csv"] == (
        "results/report/files/thesis/tables/table-05.csv"
    )


def test_the_digest_changes_with_a_template_a_style_or_a_name(tmp_path, monkeypatch):
    monkeypatch.setattr(digest, "HTML", tmp_path / "html")
    monkeypatch.setattr(digest, "FOLDERS", (tmp_path / "html" / "templates", tmp_path / "vendor"))
    template = tmp_path / "html" / "templates" / "a.j2"
    template.parent.mkdir(parents=True)
    (tmp_path / "vendor").mkdir()
    template.write_text("one")
    digests = [digest.assets_digest()]
    template.write_text("two")
    digests.append(digest.assets_digest())
    template.rename(template.with_name("b.j2"))
    digests.append(digest.assets_digest())
    (tmp_path / "vendor" / "c.js").write_text("three")
    digests.append(digest.assets_digest())
    assert len(set(digests)) == 4
    assert digests[-1] == digest.assets_digest()
