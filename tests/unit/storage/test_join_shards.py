"""Joining shards: one table in a fixed order, without remains of former shards and images."""

from pathlib import Path

import pandas as pd
import pytest

from jobs import run_script
from selcn.storage.artifacts import read_table, write_table
from selcn.storage.checksums import record

FOLDER = Path("results/hair/ham10000")


@pytest.fixture
def join(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def join(*shards: list[str]) -> list[str]:
        paths = []
        for number, ids in enumerate(shards):
            paths.append(FOLDER / f"shard-{number}/manifest.parquet")
            write_table(pd.DataFrame({"image_id": ids, "path": [f"images/{name}.jpg" for name in ids]}), paths[-1])
            record(paths[-1])
            for name in ids:
                (FOLDER / "images").mkdir(exist_ok=True)
                (FOLDER / f"images/{name}.jpg").touch()
        run_script("join_shards", tmp_path, {"shards": paths}, {"joined": FOLDER / "manifest.parquet"})
        return read_table(FOLDER / "manifest.parquet")["image_id"].tolist()

    return join


def names(folder: str) -> list[str]:
    return sorted(path.name for path in (FOLDER / folder).iterdir())


def test_rows_are_in_the_same_order_whatever_the_number_of_shards(join):
    assert join(["b", "d"], ["a"], ["c"]) == join(["a", "b"], ["c", "d"]) == ["a", "b", "c", "d"]


def test_shards_of_a_former_larger_number_are_removed(join):
    join(["b"], ["a"], ["c"])
    join(["a", "b", "c"])
    assert sorted(path.name for path in FOLDER.glob("shard-*")) == ["shard-0"]


def test_images_that_are_no_longer_in_the_data_set_are_removed(join):
    join(["a", "b"], ["c"])
    (FOLDER / "images/.a.x1.jpg").touch()  # what a killed job left
    join(["a"], ["c"])
    assert names("images") == ["a.jpg", "c.jpg"]
