"""The data set that the tests of readers, checks and index share."""

from pathlib import Path

import pytest

from native_layouts import HAM_ROWS, make_ham10000


@pytest.fixture
def ham10000(tmp_path: Path) -> Path:
    return make_ham10000(tmp_path / "ham10000", HAM_ROWS)
