"""A small finished study of one cell in each protocol, which tests change and ask again."""

from pathlib import Path

import pytest

from studies import CELL, LEAKFREE_CELL, SAID, Study, made_once, mini_study


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Study:
    """The study of one cell in each protocol, run from nothing; tests must not change it."""

    def make(clone: Path) -> Study:
        study = mini_study(clone)
        said = study.run("--verbose", CELL, LEAKFREE_CELL)
        (study.directory / SAID).write_text(said)
        return study

    return made_once(tmp_path_factory, "finished", make)


@pytest.fixture
def study(finished, tmp_path) -> Study:
    """A copy of the finished study, to be changed at will."""
    return finished.copy(tmp_path / "clone")


@pytest.fixture(scope="session")
def fresh(tmp_path_factory) -> Study:
    """A clone in which nothing has run, of the thesis's protocol; every worker has its own, to write overlays into."""
    study = mini_study(tmp_path_factory.mktemp("fresh") / "clone")
    (study.clone / "config/thesis.yaml").write_text("protocols: [thesis]\n")
    return Study(study.clone, "mini", (*study.overlays, "config/thesis.yaml"))


@pytest.fixture(scope="session")
def drawn(tmp_path_factory) -> Study:
    """A clone in which the demo's data are drawn and nothing else has run; tests must not change it."""

    def make(clone: Path) -> Study:
        study = mini_study(clone)
        study.run("data/manifest.json")
        return study

    return made_once(tmp_path_factory, "drawn", make)
