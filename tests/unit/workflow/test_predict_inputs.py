"""Predictions of a folder of images as Snakemake asks for them: paths, the folder's digest, and refusals."""

import re
from pathlib import Path

import pytest
import yaml

from selcn.prediction.files import FolderError
from selcn.workflow.configuration import predict_refusal
from selcn.workflow.inputs.images import ImageInputs
from selcn.workflow.inputs.predict import PredictInputs
from selcn.workflow.inputs.run import RunInputs
from selcn.workflow.study import Study
from studies import PROJECT


def configuration(**changes) -> dict:
    return yaml.safe_load((PROJECT / "config.yaml").read_text()) | changes


def inputs(images: str, clone: Path = PROJECT, **settings) -> PredictInputs:
    config = configuration(images=images)
    config["predict"] |= settings
    return PredictInputs(ImageInputs(Study.from_config(config), clone))


def test_the_default_predicts_nothing():
    assert configuration()["images"] is None
    assert predict_refusal(configuration()) is None


def test_results_are_named_after_the_folder_and_its_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    absolute = inputs(str(tmp_path / "my images"))
    assert re.fullmatch(r"results/predict/my-images-[0-9a-f]{8}", absolute.place)
    assert inputs("my images", clone=tmp_path).place == absolute.place
    assert inputs("my images/", clone=tmp_path).place == absolute.place
    assert inputs("other/my images", clone=tmp_path).place != absolute.place
    assert absolute.targets() == [f"{absolute.place}/cls-none_sym-off/index.html"]


def test_home_and_variables_are_resolved(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert inputs("~/photos").folder == "/home/me/photos"


def test_every_shard_of_every_cell_is_joined():
    predicted = inputs("/images", shards=2, cells=["cls-none_sym-off", "cls-lae_sym-none"])
    place = predicted.place
    assert predicted.targets() == [f"{place}/{cell}/index.html" for cell in ("cls-none_sym-off", "cls-lae_sym-none")]
    assert predicted.of_shards()["rejected"] == [f"{place}/{{cell}}/shard-{k}/rejected.parquet" for k in (0, 1)]
    assert predicted.bundle() == "results/leakfree/bundle/{cell}/metadata.json"


def test_the_digest_is_of_the_folders_files_without_the_studys(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jpg").write_bytes(b"1")
    predicted = inputs(str(tmp_path))
    before = predicted.digest(None)
    (tmp_path / "results/predict").mkdir(parents=True)
    (tmp_path / "results/predict/b.png").write_bytes(b"1")
    assert predicted.digest(None) == before
    (tmp_path / "b.jpg").write_bytes(b"1")
    assert predicted.digest(None) != before


def test_a_missing_folder_is_named_when_it_is_needed():
    predicted = inputs("/not/there")
    assert predicted.targets()
    with pytest.raises(FolderError, match="/not/there: no such folder"):
        predicted.digest(None)


@pytest.mark.parametrize(
    ("settings", "protocols", "message"),
    [
        ({"cells": ["cls-none_sym-zeros"]}, ["leakfree"], "predict.cells has cls-none_sym-zeros"),
        ({"cells": ["cls-none_sym-of"]}, ["leakfree"], "predict.cells has cls-none_sym-of"),
        ({}, ["thesis"], "predict.protocol is leakfree, which protocols does not have: ['thesis']"),
    ],
)
def test_what_cannot_be_predicted_by_is_refused_where_images_are_named(settings, protocols, message):
    config = configuration(protocols=protocols)
    config["predict"] |= settings
    assert predict_refusal(config) is None
    assert message in predict_refusal(config | {"images": "/images"})


def test_images_are_no_part_of_the_studys_record():
    """Where they were predicted from is nobody else's business, and changes no result of the study."""
    recorded = RunInputs.settings(configuration(images="/home/me/patients"))
    assert not {"images", "predict"} & set(recorded)
