"""The study that a folder holds, by the configuration of its latest run or by overlays."""

import re

import pytest
import yaml

from selcn.status.configuration import NoStudyError, study_of
from selcn.workflow.configuration_file import write_configuration
from studies import PROJECT


def test_the_study_is_that_of_the_latest_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = yaml.safe_load((PROJECT / "config.yaml").read_text()) | {"protocols": ["thesis"]}
    write_configuration(config)
    assert study_of(tmp_path, []).config == config
    assert [path.name for path in (tmp_path / "logs").iterdir()] == ["configuration.json"]


def test_a_folder_without_configuration_takes_the_overlays_of_its_run(tmp_path):
    (tmp_path / "logs").mkdir()
    overlay = tmp_path / "my.yaml"
    overlay.write_text("protocols: [leakfree]\nlesion: {sham: false}\n")
    study = study_of(tmp_path, [overlay])
    assert (study.protocols, len(study.cells), len(study.backbones)) == (["leakfree"], 12, 4)


@pytest.mark.parametrize(
    ("logs", "words"), [(False, "no study; expected a folder with logs/ and results/"), (True, "--configfile my.yaml")]
)
def test_a_folder_that_is_no_study_is_refused(tmp_path, logs, words):
    if logs:
        (tmp_path / "logs").mkdir()
    with pytest.raises(NoStudyError, match=re.escape(words)):
        study_of(tmp_path, [])


@pytest.mark.parametrize(("text", "words"), [("{bad", "cannot be read as a configuration"), ("", "no keys in it")])
def test_a_file_that_is_no_configuration_is_named(tmp_path, text, words):
    (tmp_path / "logs").mkdir()
    (overlay := tmp_path / "my.yaml").write_text(text)
    (tmp_path / "logs/configuration.json").write_text(text or "[]")
    for overlays, name in (([overlay], "my.yaml"), ([], "configuration.json")):
        with pytest.raises(NoStudyError, match=re.escape(f"{name}: {words}")):
            study_of(tmp_path, overlays)
    with pytest.raises(NoStudyError, match=re.escape("none.yaml: cannot be read")):
        study_of(tmp_path, [tmp_path / "none.yaml"])
