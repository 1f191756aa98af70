"""One version, that of pyproject.toml, wherever the workflow states its version."""

import tomllib

import yaml

from studies import PROJECT


def test_the_citation_is_of_the_version():
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    assert yaml.safe_load((PROJECT / "CITATION.cff").read_text())["version"] == version
