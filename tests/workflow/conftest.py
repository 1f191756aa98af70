"""A small finished study of one cell, which tests change and ask again."""

import shutil
from pathlib import Path

import pytest

from studies import Study, copy_project

CELL = "results/thesis/lesion/ham10000/cls-none_sym-lae/metrics.json"


def mini_study(clone: Path) -> Study:
    """Return the study of `mini.yaml` in a clone."""
    copy_project(clone)
    shutil.copy(Path(__file__).with_name("mini.yaml"), clone / "config")
    return Study(clone, "mini", ("config/demo.yaml", "config/mini.yaml"))


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Study:
    """One cell's study, run from nothing; tests must not change it."""
    study = mini_study(tmp_path_factory.mktemp("first") / "clone")
    study.run(CELL)
    return study


@pytest.fixture
def study(finished, tmp_path) -> Study:
    """A copy of the finished study, to be changed at will."""
    shutil.copytree(finished.clone, tmp_path / "clone")
    return Study(tmp_path / "clone", "mini", finished.overlays)


@pytest.fixture(scope="session")
def fresh(tmp_path_factory) -> Study:
    """A clone in which nothing has run."""
    return mini_study(tmp_path_factory.mktemp("fresh") / "clone")
