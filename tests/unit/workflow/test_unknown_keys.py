"""Keys that the configuration does not have: what is said of them, and where they were given."""

import jsonschema
import pytest
import yaml

from selcn.workflow.unknown_keys import unknown_keys
from studies import PROJECT

SCHEMA = yaml.safe_load((PROJECT / "schemas/config.schema.yaml").read_text())


def error_of(**changes) -> jsonschema.ValidationError:
    config = yaml.safe_load((PROJECT / "config.yaml").read_text())
    for key, value in changes.items():
        config[key] = config[key] | value if isinstance(value, dict) and key in config else value
    with pytest.raises(jsonschema.ValidationError) as caught:
        jsonschema.validate(config, SCHEMA)
    return caught.value


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image": "/x"}, "--config: unknown key image; did you mean images?"),
        ({"predict": {"cell": []}}, "my.yaml: unknown key predict.cell; did you mean cells?"),
        ({"gpu": {"z": 1}}, "the configuration: unknown key gpu.z; expected one of without_bfloat16, deterministic."),
    ],
)
def test_an_unknown_key_is_named_with_its_place_and_similar_ones(changes, message):
    given = {"--config": {"image": "/x"}, "my.yaml": {"image": "/y", "predict": {"cell": []}}}
    said = unknown_keys(error_of(**changes), given)
    assert said == f"{message} Correct or remove it; config.yaml lists all keys"


def test_every_unknown_key_is_named():
    said = unknown_keys(error_of(imags="/x", predicts=1), {})
    assert [line.split(";")[0].split()[-1] for line in said.splitlines()] == ["imags", "predicts"]


@pytest.mark.parametrize("changes", [{"jobs_per_gpu": "two"}, {"lesion": {"seeds": {"cls-x": [1]}}}])
def test_of_other_errors_nothing_is_said(changes):
    assert unknown_keys(error_of(**changes), {}) is None


def test_of_an_error_that_is_no_schemas_nothing_is_said():
    assert unknown_keys(None, {}) is None
