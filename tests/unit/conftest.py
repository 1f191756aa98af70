"""The data set that the tests of readers, checks and index share; hypothesis, which is to judge no test by its time."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from native_layouts import HAM_ROWS, make_ham10000

# Tests compute on the CPU, also in the processes that they start.
os.environ["SELCN_ALLOW_CPU"] = "1"

# On a busy machine any test may take long.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def ham10000(tmp_path: Path) -> Path:
    return make_ham10000(tmp_path / "ham10000", HAM_ROWS)
