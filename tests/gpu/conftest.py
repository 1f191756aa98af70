"""What the tests on a GPU share; where there is none they are skipped.

    python -m pytest tests/gpu

needs PyTorch, pandas and pyarrow, and for the maps torchvision; neither Snakemake nor plugins of pytest.
"""

from pathlib import Path

import pytest
import torch

from drawn_training import Drawn, draw


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.gpu)
            if not torch.cuda.is_available():
                item.add_marker(pytest.mark.skip(reason="torch.cuda.is_available() is False"))


@pytest.fixture(scope="session")
def device() -> torch.device:
    return torch.device("cuda")


@pytest.fixture(scope="session")
def drawn() -> Drawn:
    return draw()
