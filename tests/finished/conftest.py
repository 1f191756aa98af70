"""The finished demo, or another finished study named by SELCN_STUDY, whose report is tested."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def results() -> Path:
    """The study's results, with its report."""
    study = Path(os.environ.get("SELCN_STUDY", Path(__file__).parents[2] / "demo"))
    if not (study / "results/report/index.html").exists():
        pytest.skip(
            f"{study}/results/report/index.html is missing; run `make demo` first, or name a study: SELCN_STUDY"
        )
    return study / "results"
