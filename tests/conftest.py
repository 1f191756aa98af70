"""Signals as a program in the foreground gets them, however the tests were started; the names of the data sets."""

import signal
from collections.abc import Iterator

import pytest

from declared import DECLARED, ROLES
from selcn.design.datasets import tell_datasets

# A shell's background jobs ignore SIGINT, and under `nohup` a program ignores SIGHUP; the processes that tests start
# would do the same.
for each, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(each) == signal.SIG_IGN:
        signal.signal(each, handler)

NAMES = {dataset: declared.name for dataset, declared in DECLARED.items()}
# As jobs are told them.
tell_datasets(NAMES, ROLES)


@pytest.fixture(autouse=True)
def shipped_data_sets() -> Iterator[None]:
    """Forget after each test what its jobs were told: the next knows the data sets that ship."""
    yield
    tell_datasets(NAMES, ROLES)
