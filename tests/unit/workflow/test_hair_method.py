"""The method of hair removal as the rules' parameters."""

from pathlib import Path

import jsonschema
import pytest
import yaml

from selcn.data.hair.black_hat import BlackHatSettings
from selcn.data.hair.lines import LineSettings
from selcn.data.hair.removal import METHODS
from selcn.workflow.hair_method import hair_method

CLONE = Path(__file__).resolve().parents[3]
HAIR = yaml.safe_load((CLONE / "config.yaml").read_text())["hair"]
SCHEMA = yaml.safe_load((CLONE / "schemas/config.schema.yaml").read_text())["properties"]["hair"]


def test_the_default_is_the_thesiss_method_with_the_settings_that_earlier_versions_had():
    # Finished work lies under a digest of these.
    settings = {"kernel": 17, "threshold": 10, "radius": 1, "reference_height": 450}
    assert hair_method(HAIR) == {"method": "blackhat", "settings": settings}


def test_a_method_has_its_own_settings_only():
    chosen = hair_method(HAIR | {"method": "lines", "radius": 2})
    assert chosen == {"method": "lines", "settings": HAIR["lines"] | {"radius": 2, "reference_height": 450}}
    assert hair_method(HAIR | {"lines": {}}) == hair_method(HAIR)


def test_the_configuration_has_the_methods_defaults():
    for name, expected in (("blackhat", BlackHatSettings()), ("lines", LineSettings())):
        assert METHODS[name](**hair_method(HAIR | {"method": name})["settings"]) == expected


def test_the_schema_has_the_methods_and_refuses_others():
    jsonschema.validate(HAIR, SCHEMA)
    assert SCHEMA["properties"]["method"]["enum"] == list(METHODS)
    for wrong in ({"method": "dullrazor"}, {"lines": HAIR["lines"] | {"angle": 3}}, {"lines": {"length": 30}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(HAIR | wrong, SCHEMA)
