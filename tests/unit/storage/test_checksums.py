"""Checksums: every job output has one, verified by every job that reads it."""

import ast
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from damage import damaged
from jobs import SCRIPTS, run_script
from selcn.storage import checksums
from selcn.storage.artifacts import DamagedArtifactError, read_table, write_json, write_table
from selcn.storage.checksums import fault_of, record, record_of, recorded, require, set_aside
from selcn.storage.ledger import Ledger


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch):
    monkeypatch.setattr(checksums, "PATIENCE_S", 0.0)


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Path("results/a/best.pt")
    path.parent.mkdir(parents=True)
    path.write_bytes(np.random.default_rng(0).bytes(500))
    record(path)
    return path


def test_any_damage_is_noticed_and_the_file_set_aside(file):
    content = file.read_bytes()
    for wrong in damaged(content):
        file.write_bytes(wrong)
        record_of(file).parent.mkdir(exist_ok=True)
        with pytest.raises(DamagedArtifactError, match=r"results/a/best\.pt: its .*run the same command again"):
            require(file)
        assert not file.exists()
        assert Path("results/a/best.pt.damaged").read_bytes() == wrong
        file.write_bytes(content)
        record(file)
    require(file)


def test_damage_to_the_checksum_itself_is_noticed(file):
    place = record_of(file)
    for wrong in damaged(place.read_bytes(), seed=1):
        place.write_bytes(wrong)
        assert fault_of(file) is not None, wrong
    place.unlink()
    assert "missing" in fault_of(file)


def test_the_checksum_of_another_file_is_none_of_this(file):
    other = file.with_name("other.pt")
    other.write_bytes(file.read_bytes())
    record(other)
    record_of(other).replace(record_of(file))
    assert "is not a checksum of it" in fault_of(file)


def test_a_checksum_that_shows_late_is_waited_for_and_its_file_left_alone(file, monkeypatch):
    place = record_of(file)
    content = place.read_bytes()
    place.unlink()
    monkeypatch.setattr(checksums, "PATIENCE_S", 60.0)
    monkeypatch.setattr(checksums.time, "sleep", lambda seconds: place.write_bytes(content))
    require(file)
    assert file.exists()


def test_a_file_that_another_job_has_set_aside_is_not_waited_for(file, monkeypatch):
    def sleep(seconds):
        raise TimeoutError("waited")

    set_aside(file)
    monkeypatch.setattr(checksums, "PATIENCE_S", 60.0)
    monkeypatch.setattr(checksums.time, "sleep", sleep)
    with pytest.raises(DamagedArtifactError, match=r"renamed to best\.pt\.damaged; run the same command again"):
        require(file)
    assert Path("results/a/best.pt.damaged").exists()


def test_sha256sum_reads_the_checksums(file):
    result = subprocess.run(["sha256sum", "--check", file.name], cwd=record_of(file).parent, capture_output=True)
    assert result.returncode == 0
    assert recorded(file) == subprocess.check_output(["sha256sum", file], text=True)[:64]


def test_what_is_set_aside_leaves_room_to_be_made_again(file):
    assert set_aside(file).name == "best.pt.damaged"
    assert not file.exists()
    assert not record_of(file).exists()


def join(inputs):
    run_script("join_shards", Path(), {"shards": inputs}, {"joined": "results/joined.parquet"})


def test_a_job_refuses_an_input_without_its_checksum_or_with_another(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table = write_some(Path("results/a.parquet"))
    with pytest.raises(DamagedArtifactError, match=r"results/a\.parquet: its checksum .* is missing"):
        join(["results/a.parquet"])
    assert not Path("results/joined.parquet").exists()
    write_some(Path("results/a.parquet"))
    record("results/a.parquet")
    join(["results/a.parquet"])
    require("results/joined.parquet")
    assert read_table("results/joined.parquet").equals(table)


def write_some(path):
    """Write a table, and return it."""
    frame = pd.DataFrame({"image_id": ["a", "b"], "x": [1, 2]})
    write_table(frame, path)
    return frame


def test_a_failed_job_leaves_no_checksum(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_json({}, "results/a.json")
    record("results/a.json")
    write_some(Path("results/joined.parquet"))
    record("results/joined.parquet")
    with pytest.raises(DamagedArtifactError, match="damaged Parquet file"):
        join(["results/a.json"])
    assert not record_of("results/joined.parquet").exists()


def test_every_script_runs_as_a_checked_job():
    for script in sorted(SCRIPTS.glob("*.py")):
        tree = ast.parse(script.read_text())
        blocks = [ast.unparse(node.items[0].context_expr) for node in tree.body if isinstance(node, ast.With)]
        assert blocks == ["job(snakemake)"], script


def test_a_ledger_keeps_whole_lines_and_passes_over_damaged_ones(tmp_path):
    path = tmp_path / "ledger.jsonl"
    rows = [{"image_id": f"image_{k}", "hair_share": k / 10, "path": f"images/ä_{k}.jpg"} for k in range(8)]
    ledger = Ledger(path)
    for row in rows:
        ledger.add(row)
    assert Ledger(path).rows() == rows
    content = path.read_bytes()
    for wrong in damaged(content, seed=2):
        path.write_bytes(wrong)
        again = Ledger(path)
        kept = again.rows()
        assert all(row in rows for row in kept), wrong
        assert len(wrong) < len(content) or len(kept) >= len(rows) - 2
        again.add(rows[0])
        assert Ledger(path).rows() == [*kept, rows[0]]
