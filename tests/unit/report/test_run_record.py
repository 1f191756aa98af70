"""The record of a run: checksums of the data, versions, configuration and seeds."""

import hashlib
import json
import subprocess
from pathlib import Path

import pandas as pd
import pytest
import yaml

from jobs import run_script
from selcn.report.run.checksums import checksum_of
from selcn.report.run.record import (
    commands_to_repeat,
    commit_to_repeat,
    differences_from,
    flattened,
    seeds_of,
    versions_of,
)
from selcn.storage.artifacts import read_table, write_json, write_table

DIGESTS = [hashlib.sha256(name.encode()).hexdigest() for name in "abc"]


def test_a_data_set_s_checksum_is_that_of_sha256sum_s_list(tmp_path):
    names = ["ISIC_2", "ISIC_1", "ISIC_10"]
    for name in names:
        (tmp_path / name).write_text(f"picture {name}")
    ids = pd.Series(names)
    sha256 = ids.map(lambda name: hashlib.sha256(f"picture {name}".encode()).hexdigest())
    listed = subprocess.run(["sha256sum", *sorted(names)], cwd=tmp_path, capture_output=True, check=True)
    assert checksum_of(ids, sha256) == hashlib.sha256(listed.stdout).hexdigest()


def test_a_data_set_s_checksum_changes_with_one_image_and_not_with_the_order():
    ids, sha256 = pd.Series(["a", "b", "c"]), pd.Series(DIGESTS)
    found = checksum_of(ids, sha256)
    assert checksum_of(ids[::-1], sha256[::-1]) == found
    changed = sha256.copy()
    changed[1] = changed[1][:-1] + ("0" if changed[1][-1] != "0" else "1")
    assert checksum_of(ids, changed) != found
    assert checksum_of(ids[:2], sha256[:2]) != found
    assert checksum_of(pd.Series(["a", "b", "d"]), sha256) != found


def test_images_without_a_mask_have_no_part_in_the_masks_checksum():
    ids = pd.Series(["a", "b", "c"])
    some = pd.Series([DIGESTS[0], None, DIGESTS[2]], dtype="str")
    assert checksum_of(ids, some) == checksum_of(ids[[0, 2]], some[[0, 2]])
    assert checksum_of(ids, pd.Series([None] * 3, dtype="str")) is None


def test_versions_that_differ_are_named_and_those_that_agree_are_stated():
    here = {"python": "3.11.7", "torch": "2.14.1", "numpy": "2.4.6", "device": "CPU", "commit": "a1"}
    records = [here, here | {"device": "NVIDIA H200", "commit": "b2"}, here | {"numpy": "2.4.5", "timm": None}]
    # A job without torch says nothing of the device.
    records.append({key: value for key, value in here.items() if key != "device"})
    found = versions_of(records)
    assert found["versions"] == {"python": "3.11.7", "torch": "2.14.1"}
    assert found["versions_differ"] == {"device": ["CPU", "NVIDIA H200"], "numpy": ["2.4.5", "2.4.6"]}
    assert found["commits"] == ["a1", "b2"]
    assert versions_of([]) == {"versions": {}, "versions_differ": {}, "commits": []}


def test_a_configuration_s_differences_are_those_of_its_values():
    default = {"pack": {"size": 256, "fit": "stretch"}, "demo": None, "remarks": [], "weights": {"a": "hub"}}
    changed = {
        "pack": {"size": 64, "fit": "stretch"},
        "demo": {"seed": 7},
        "remarks": [],
        "weights": {"a": "hub", "b": "random"},
    }
    assert differences_from(default, changed) == {
        "demo.seed": {"default": None, "value": 7},
        "pack.size": {"default": 256, "value": 64},
        "weights.b": {"default": None, "value": "random"},
    }
    assert differences_from(default, default) == {}
    assert flattened({"a": {}, "b": {"c": {"d": [1]}}}) == {"a": {}, "b.c.d": [1]}


def test_every_seed_of_the_configuration_is_found():
    seeds = {"none": [1, 2], "seg": [1]}
    config = {"split": {"seed": 42}, "demo": None, "lesion": {"seeds": seeds, "training": {"seed": 3}}, "seedless": 1}
    assert seeds_of(config) == {
        "split.seed": 42,
        "lesion.seeds.none": [1, 2],
        "lesion.seeds.seg": [1],
        "lesion.training.seed": 3,
    }


def test_the_commands_check_out_the_commit_and_use_the_recorded_configuration():
    commands = commands_to_repeat("abc123-dirty", demo=False)
    assert commands[0] == "git checkout abc123"
    assert commands[-1].endswith("--profile profiles/local --directory study all --configfile configuration.yaml")
    assert not [line for line in commands_to_repeat(None, demo=True) if "checkout" in line]


def test_a_run_is_repeated_from_the_commit_of_its_results_unless_they_have_several():
    assert commit_to_repeat(["a1"], "b2") == "a1"
    assert commit_to_repeat(["a1", "c3"], "b2") == commit_to_repeat([], "b2") == "b2"


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch) -> dict:
    """Return the record that the rule's script writes of a study of one data set, with one finished job."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SELCN_COMMAND", "snakemake all --cores 2")
    monkeypatch.setenv("SELCN_COMMIT", "report")
    (tmp_path / "logs").mkdir()
    used = {"seconds": 3600, "processor_seconds": 1800, "memory_mb": 10, "gpu_memory_mb": None}
    attempt = {"started": "2026-11-27T10:00:00+00:00", "device": None, "host": "secret", "cpus": 2, **used}
    (tmp_path / "logs/index_dataset.log").write_text("")
    write_json({"finished": True, "attempts": [attempt]}, tmp_path / "logs/index_dataset.json")
    write_json({"python": "3.11.7", "commit": "a1"}, tmp_path / "results/thesis/environment.json")
    index = pd.DataFrame({"image_id": ["i1", "i2"], "sha256": DIGESTS[:2], "mask_sha256": [DIGESTS[2], None]})
    write_table(index, "index.parquet")
    write_json({"rejected": 3}, Path("summary.json"))
    Path("labels.csv").write_text("image_id,dx\n")
    Path("default.yaml").write_text("pack: {size: 256}\nsave_every: 60\n")
    Path("lock").write_text("numpy==2.4.6\n")
    run_script(
        "record_run",
        tmp_path / "logs",
        {
            "made": [],
            "indices": ["index.parquet"],
            "summaries": ["summary.json"],
            "labels_ham10000": "labels.csv",
            "defaults": "default.yaml",
            "lock": "lock",
        },
        {"run": "out/run.json", "jobs": "out/jobs.parquet", "config": "out/configuration.yaml"},
        {"datasets": ["ham10000"], "demo": False, "protocols": ["thesis"], "settings": {"pack": {"size": 64}}},
        config={"pack": {"size": 64}, "save_every": 5},
    )
    return json.loads(Path("out/run.json").read_text())


def test_the_record_has_what_another_needs_to_repeat_the_run(recorded):
    assert recorded["data"] == {
        "ham10000": {
            "name": "HAM10000",
            "images": 2,
            "masks": 1,
            "rejected": 3,
            "images_sha256": hashlib.sha256(f"{DIGESTS[0]}  i1\n{DIGESTS[1]}  i2\n".encode()).hexdigest(),
            "masks_sha256": hashlib.sha256(f"{DIGESTS[2]}  i1\n".encode()).hexdigest(),
            "label_tables": {"labels.csv": hashlib.sha256(b"image_id,dx\n").hexdigest()},
        }
    }
    assert recorded["command"] == "snakemake all --cores 2"
    assert recorded["lock_sha256"] == hashlib.sha256(b"numpy==2.4.6\n").hexdigest()
    assert (recorded["total"]["hours"], recorded["total"]["processor_hours"]) == (1.0, 0.5)
    assert recorded["commits"] == ["a1"]
    assert recorded["commit"] == "report"
    assert recorded["repeat"][0] == "git checkout a1"


def test_the_record_has_the_whole_configuration_and_compares_what_changes_results(recorded):
    assert recorded["configuration"] == {"pack": {"size": 64}, "save_every": 5}
    assert yaml.safe_load(Path("out/configuration.yaml").read_text()) == recorded["configuration"]
    assert recorded["differs"] == {"pack.size": {"default": 256, "value": 64}}


def test_the_record_names_no_host(recorded):
    assert recorded["hosts"] == 1
    assert "secret" not in Path("out/run.json").read_text()
    assert read_table("out/jobs.parquet")["host"].tolist() == ["host 1"]
