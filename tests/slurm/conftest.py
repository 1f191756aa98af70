"""One small study, run through profiles/slurm on a Slurm of its own while jobs are stopped under it."""

from collections.abc import Iterator

import pytest

from slurm.accounting import attempts
from slurm.cluster import Cluster, hindrance, slurm
from slurm.incidents import (
    PREPARED,
    Outcome,
    queue_again,
    small_study,
    start,
    stop_with_a_signal_and_kill_the_controller,
)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory) -> Iterator[Cluster]:
    """A running Slurm."""
    reason = hindrance()
    if reason:
        pytest.skip(reason)
    with slurm(tmp_path_factory.mktemp("slurm")) as running:
        yield running


@pytest.fixture(scope="session")
def outcome(cluster, tmp_path_factory) -> Outcome:
    """The study of one cell, during which trainings were stopped, memory was short and the controller was killed."""
    study = small_study(tmp_path_factory.mktemp("study") / "clone")
    study.run(*PREPARED)
    run = start(study)
    try:
        stop_with_a_signal_and_kill_the_controller(run, cluster)
        queue_again(run)
        run.process.wait()
    finally:
        run.process.kill()
    return Outcome(study, run.process.returncode, run.output.read_text(), attempts())
