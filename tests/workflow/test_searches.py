"""The search as a stage: what it makes Snakemake run, and that trainings know only the settings that came of it."""

import shutil

import pandas as pd
import pytest
import yaml

from studies import CELL

pytestmark = pytest.mark.workflow

SETTINGS = "results/thesis/settings/lesion.yaml"
SEARCH = "results/thesis/search/lesion/cls-none_sym-off"
NETWORKS = ("segmentation", "symmetry", "lesion", "isic2016")


def overlay(study, name: str, **search) -> str:
    path = study.clone / f"config/{name}.yaml"
    path.write_text(yaml.safe_dump({"search": search}))
    return f"config/{name}.yaml"


def test_a_search_that_found_the_configuration_s_values_trains_nothing_again(study):
    """The first trial is of the configuration's values, so a search of one trial finds just these."""
    before = (study.directory / SETTINGS).read_bytes()
    fold = study.directory / "results/thesis/lesion/ham10000/cls-none_sym-lae/seed-42/fold-0"
    weights = (fold / "best.pt").read_bytes()
    one = overlay(study, "one", trials=1, networks=["lesion"], workers=1, protocol="each")
    result = study.snakemake(CELL, overlays=(one,))
    assert result.returncode == 0, result.stdout[-8000:]
    assert (study.directory / SETTINGS).read_bytes() == before
    assert (fold / "best.pt").read_bytes() == weights
    for log in (study.directory / "logs/train_lesion_ham10000/thesis/cls-none_sym-lae").iterdir():
        assert "epoch" not in log.read_text()
    first = pd.read_csv(study.directory / SEARCH / "trials.csv")

    three = overlay(study, "three", trials=3, networks=["lesion"], workers=2, protocol="each")
    assert study.jobs(CELL, overlays=(three,))["search_lesion"] == 2
    result = study.snakemake(f"{SEARCH}/best.yaml", overlays=(three,))
    assert result.returncode == 0, result.stdout[-8000:]
    after = pd.read_csv(study.directory / SEARCH / "trials.csv")
    pd.testing.assert_frame_equal(after.head(1), first)
    assert len(after) == 3
    logs = "".join(
        log.read_text() for log in (study.directory / "logs/search_lesion/thesis/cls-none_sym-off").iterdir()
    )
    assert "trial 0:" not in logs
    assert "trial 2:" in logs


def test_finished_trials_outlive_the_outputs_of_their_worker(study):
    """Snakemake deletes a job's outputs before it starts and when it fails; the trials lie elsewhere."""
    two = overlay(study, "two", trials=2, networks=["lesion"], workers=1, protocol="each")
    assert study.snakemake(f"{SEARCH}/best.yaml", overlays=(two,)).returncode == 0
    trials = pd.read_csv(study.directory / SEARCH / "trials.csv")
    shutil.rmtree(study.directory / SEARCH)
    assert study.snakemake(f"{SEARCH}/best.yaml", overlays=(two,)).returncode == 0
    pd.testing.assert_frame_equal(pd.read_csv(study.directory / SEARCH / "trials.csv"), trials)
    log = study.directory / "logs/search_lesion/thesis/cls-none_sym-off/worker-0.log"
    assert "epoch" not in log.read_text()


def test_one_search_a_network_or_one_a_cell(fresh):
    network = overlay(fresh, "network", trials=4, workers=2)
    jobs = fresh.jobs("all", overlays=(network,))
    assert [jobs[f"search_{name}"] for name in NETWORKS] == [2, 2, 2, 2]
    assert jobs["summarise_search"] == jobs["draw_search"] == 4
    cell = overlay(fresh, "cell", trials=4, workers=2, scope="cell")
    jobs = fresh.jobs("all", overlays=(cell,))
    assert [jobs[f"search_{name}"] for name in NETWORKS] == [1 * 2, 4 * 2, 12 * 2, 12 * 2]
    assert jobs["write_settings"] == 1 + 4 + 12 + 12


def test_one_search_serves_both_protocols_or_each_has_its_own(fresh):
    (fresh.clone / "config/both.yaml").write_text("protocols: [thesis, leakfree]\n")
    both = ("config/both.yaml", overlay(fresh, "shared", trials=2, workers=1))
    jobs = fresh.jobs("all", overlays=both)
    assert [jobs[f"search_{name}"] for name in NETWORKS] == [1, 1, 1, 1]
    assert (jobs["draw_search"], jobs["write_settings"]) == (4, 2 * 4)
    each = ("config/both.yaml", overlay(fresh, "each", trials=2, workers=1, protocol="each"))
    assert fresh.jobs("all", overlays=each)["draw_search"] == 2 * 4
    result = fresh.snakemake("--dry-run", SETTINGS, overlays=both)
    assert "results/leakfree/search/lesion/cls-none_sym-off/best.yaml" in result.stdout
    result = fresh.snakemake("--dry-run", f"{SEARCH}/best.yaml", overlays=both)
    assert result.returncode != 0
    assert f"{SEARCH}/best.yaml: no rule makes this file" in result.stdout
    assert fresh.jobs(f"{SEARCH}/best.yaml", overlays=each)["search_lesion"] == 1


def test_without_trials_nothing_is_searched(fresh):
    assert not [rule for rule in fresh.jobs("all") if "search" in rule]
