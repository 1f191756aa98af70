"""The status of a study that Snakemake has run."""

import time

import pytest
from rich.console import Console

from selcn.status.configuration import study_of
from selcn.status.page import Status

pytestmark = pytest.mark.workflow


def test_it_has_the_configuration_of_its_latest_run_and_counts_the_networks_that_it_trained(finished):
    folder = finished.directory
    study = study_of(folder, [])
    assert study.protocols == ["thesis", "leakfree"]
    # One line even where the path of the folder is long.
    console = Console(width=10_000, highlight=False)
    with console.capture() as captured:
        console.print(Status(study, folder, time.time()).page())
    trained = [path for path in (folder / "results").rglob("best.pt") if path.parent.name != ".sha256"]
    assert f" {len(trained)} of " in captured.get().splitlines()[0]
    marks = [line.split()[1:] for line in captured.get().splitlines() if line.split()[1:] and line.startswith("  ")]
    assert sum(mark.count("#") for row in marks for mark in row) == len(trained) > 8
    assert "Running" not in captured.get()
