"""Files are written atomically, and damage is detected."""

import numpy as np
import pandas as pd
import pytest

from selcn.storage.artifacts import (
    DamagedArtifactError,
    read_json,
    read_table,
    replacing,
    write_json,
    write_table,
)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def stopped_half_way():
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped_half_way()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_temporary_name_keeps_the_ending_and_the_folder(tmp_path):
    with replacing(tmp_path / "new" / "a.png") as temporary:
        assert temporary.suffix == ".png"
        assert temporary.parent == tmp_path / "new"


def test_a_flipped_byte_of_a_table_is_noticed_or_changes_nothing(tmp_path):
    path = tmp_path / "t.parquet"
    frame = pd.DataFrame({"image_id": [f"ISIC_{k}" for k in range(200)], "x": np.random.default_rng(0).random(200)})
    write_table(frame, path)
    assert read_table(path).equals(frame)
    content = bytearray(path.read_bytes())
    rng, noticed = np.random.default_rng(1), 0
    for place in rng.integers(40, int(len(content) * 0.6), 40):
        damaged = content.copy()
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        try:
            read = read_table(path)
        except DamagedArtifactError:
            noticed += 1
            continue
        assert read.equals(frame), f"byte {place} was read silently as something else"
    assert noticed > 30


def test_a_table_cut_short_is_noticed(tmp_path):
    path = tmp_path / "t.parquet"
    write_table(pd.DataFrame({"x": range(100)}), path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DamagedArtifactError):
        read_table(path)


def test_equal_tables_are_equal_files(tmp_path):
    for name in ("a.parquet", "b.parquet"):
        write_table(pd.DataFrame({"x": [1.5, 2.5], "y": ["a", "b"]}), tmp_path / name)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_json_round_trip_and_damage(tmp_path):
    write_json({"b": 1, "a": [1, 2]}, tmp_path / "x.json")
    assert read_json(tmp_path / "x.json") == {"a": [1, 2], "b": 1}
    (tmp_path / "x.json").write_text('{"b": 1')
    with pytest.raises(DamagedArtifactError, match=r"x\.json"):
        read_json(tmp_path / "x.json")
