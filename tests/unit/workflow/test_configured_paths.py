"""Paths of the configuration with ~ and variables."""

import copy

import pytest
import yaml

from selcn.workflow.configuration import refusal
from selcn.workflow.configured_paths import paths_refusal, with_paths
from selcn.workflow.inputs.images import ImageInputs
from selcn.workflow.inputs.networks import NetworkInputs
from selcn.workflow.study import Study
from studies import PROJECT


class Wildcards:
    """A job's wildcards, as Snakemake gives them."""

    dataset, weights = "ham10000", "resnet34"


@pytest.fixture
def config(monkeypatch) -> dict:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("STORE", "/store")
    monkeypatch.delenv("NOWHERE", raising=False)
    return yaml.safe_load((PROJECT / "config.yaml").read_text())


def test_home_and_variables_are_resolved_in_every_path(config):
    config["data"]["ham10000"] |= {
        "folder": "~/HAM10000",
        "image_folders": ["$STORE/a", "${STORE}/b"],
        "mask_folders": ["$HOME/masks"],
    }
    config["weights"]["resnet34"] = "~/resnet34.pt"
    before = copy.deepcopy(config)
    resolved = with_paths(config)
    assert config == before
    assert paths_refusal(resolved) is None
    images = ImageInputs(Study.from_config(resolved), PROJECT)
    source = images.source_settings(Wildcards)
    assert source["folder"] == "/home/me/HAM10000"
    assert source["image_folders"] == ["/store/a", "/store/b"]
    assert source["mask_folders"] == ["/home/me/masks"]
    assert NetworkInputs(images).weights_source(Wildcards) == "/home/me/resnet34.pt"


def test_other_paths_and_keys_stay(config):
    assert with_paths(config) == config


@pytest.mark.parametrize(
    ("section", "name", "value", "message"),
    [
        (
            "data",
            "isic2019",
            {"folder": "$NOWHERE/x"},
            "data.isic2019.folder is $NOWHERE/x, but the variable $NOWHERE is",
        ),
        (
            "data",
            "symderm",
            {"image_folders": ["a", "${NOWHERE}"]},
            "data.symderm.image_folders is ${NOWHERE}, but the",
        ),
        ("data", "ham10000", {"mask_folders": ["~nobody-is/m"]}, "mask_folders is ~nobody-is/m, but ~nobody-is is no"),
        (
            "weights",
            "resnet34",
            "$NOWHERE.pt",
            "weights.resnet34 is $NOWHERE.pt, but the variable $NOWHERE is not defined",
        ),
    ],
)
def test_an_undefined_variable_or_user_is_refused(config, section, name, value, message):
    given = config[section]
    given[name] = given[name] | value if isinstance(value, dict) else value
    assert message in refusal(with_paths(config))
