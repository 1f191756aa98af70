"""Row arrays in shards: correct rows, constant memory use, and detection of damage."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selcn.storage.artifacts import DamagedArtifactError
from selcn.storage.row_arrays import RowFile, ShardedArray, files_of_shards, placing_rows, writing_rows
from selcn.storage.shards import places, shard_of

ROWS = np.random.default_rng(0).integers(0, 256, (30, 4, 5, 3), dtype=np.uint8)
IDS = [f"ISIC_{k:07d}" for k in range(30)]


def write_shards(folder, shards):
    """Write `ROWS` in as many files as shards, each image's row in its shard."""
    paths = []
    for shard in range(shards):
        chosen = [k for k, name in enumerate(IDS) if shard_of(name, shards) == shard]
        paths.append(str(folder / f"{shards}-{shard}.npy"))
        with writing_rows(paths[-1], len(chosen), ROWS.shape[1:], np.uint8) as append:
            for k in chosen:
                append(ROWS[k])
    return paths


@pytest.mark.parametrize("shards", [1, 2, 5])
def test_rows_are_the_same_in_any_number_of_shards(tmp_path, shards):
    array = ShardedArray(write_shards(tmp_path, shards), IDS)
    assert array.shape == ROWS.shape
    assert array.nbytes == ROWS.nbytes
    wanted = np.random.default_rng(shards).integers(0, 30, 50)
    assert np.array_equal(array[wanted], ROWS[wanted])
    assert np.array_equal(array[7], ROWS[7])
    assert array[np.arange(0)].shape == (0, 4, 5, 3)


def test_the_files_of_shards_are_in_the_order_of_their_numbers(tmp_path):
    for shard in (10, 2, 0):
        (tmp_path / f"shard-{shard}").mkdir()
        (tmp_path / f"shard-{shard}" / "images.npy").touch()
    found = files_of_shards(tmp_path, "images.npy")
    assert [path.split("/")[-2] for path in found] == ["shard-0", "shard-2", "shard-10"]


def test_numpy_reads_what_was_written(tmp_path):
    (path,) = write_shards(tmp_path, 1)
    assert np.array_equal(np.load(path), ROWS)


def test_files_of_other_images_are_refused(tmp_path):
    with pytest.raises(DamagedArtifactError, match="30 rows; expected 29"):
        ShardedArray(write_shards(tmp_path, 1), IDS[1:])


@pytest.mark.parametrize("size", [0, 5, 100, -1])
def test_an_array_cut_short_is_refused(tmp_path, size):
    (path,) = write_shards(tmp_path, 1)
    Path(path).write_bytes(Path(path).read_bytes()[:size])
    with pytest.raises(DamagedArtifactError, match=r"1-0\.npy"):
        RowFile(path)


def test_an_array_cut_short_while_it_is_open_is_an_error_and_no_death(tmp_path):
    (path,) = write_shards(tmp_path, 1)
    file = RowFile(path)
    with open(path, "r+b") as other:
        other.truncate(200)
    with pytest.raises(DamagedArtifactError, match="truncated while it was read"):
        file[29]


def test_rows_that_are_not_there_are_refused(tmp_path):
    (path,) = write_shards(tmp_path, 1)
    for row in (30, -1):
        with pytest.raises(IndexError, match=f"no row {row} among 30"):
            RowFile(path)[[row]]


def test_too_few_rows_or_rows_of_another_shape_leave_no_file(tmp_path):
    with pytest.raises(ValueError, match="1 rows were written; expected 2"):  # noqa: SIM117
        with writing_rows(tmp_path / "a.npy", 2, (3,), np.uint8) as append:
            append(np.zeros(3, np.uint8))
    with pytest.raises(ValueError, match=r"shape \(4,\); expected \(3,\)"):  # noqa: SIM117
        with writing_rows(tmp_path / "a.npy", 2, (3,), np.uint8) as append:
            append(np.zeros(4, np.uint8))
    assert not list(tmp_path.iterdir())


def test_rows_may_be_written_in_any_order_and_each_of_them_once(tmp_path):
    with placing_rows(tmp_path / "a.npy", len(ROWS), ROWS.shape[1:], np.uint8) as place:
        for number in np.random.default_rng(0).permutation(len(ROWS)):
            place(number, ROWS[number])
    assert np.array_equal(np.load(tmp_path / "a.npy"), ROWS)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [((0, 0), "unexpected row 0"), ((0, 2), "unexpected row 2"), ((1,), "1 rows were written; expected 2")],
)
def test_rows_too_many_or_too_few_leave_no_file(tmp_path, numbers, said):
    with pytest.raises(ValueError, match=said):  # noqa: SIM117
        with placing_rows(tmp_path / "a.npy", 2, ROWS.shape[1:], np.uint8) as place:
            list(map(place, numbers, ROWS))
    assert not list(tmp_path.iterdir())


def test_some_rows_of_some_files_are_an_array_of_their_own(tmp_path):
    paths = write_shards(tmp_path, 2)
    parts, rows = places(IDS, 2)
    wanted = np.array([17, 3, 29])
    array = ShardedArray.of_rows(paths, np.bincount(parts), parts[wanted], rows[wanted])
    assert array.shape == (3, 4, 5, 3)
    assert np.array_equal(array[[2, 0, 1]], ROWS[wanted[[2, 0, 1]]])
    with pytest.raises(DamagedArtifactError, match="rows; expected 30"):
        ShardedArray.of_rows(paths, [30, 30], parts[wanted], rows[wanted])


def test_reading_takes_no_more_memory_than_what_is_asked_for(tmp_path):
    with writing_rows(tmp_path / "large.npy", 2000, (64, 64), np.uint8) as append:
        for _ in range(2000):
            append(np.zeros((64, 64), np.uint8))
    tracemalloc.start()
    file = RowFile(tmp_path / "large.npy")
    for row in range(0, 2000, 10):
        file[np.arange(row, row + 10)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 64 * 64 + 100_000


@given(st.lists(st.text(min_size=1), unique=True), st.lists(st.text(min_size=1), unique=True), st.integers(1, 9))
def test_further_images_move_none_to_another_shard(ids, more, shards):
    parts, rows = places(ids, shards)
    assert ((parts >= 0) & (parts < shards)).all()
    assert len(set(zip(parts.tolist(), rows.tolist(), strict=True))) == len(ids)
    assert places([*ids, *more], shards)[0][: len(ids)].tolist() == parts.tolist()


def test_shards_are_about_equally_large():
    counts = np.bincount(places([f"ISIC_{k:07d}" for k in range(8000)], 8)[0])
    assert counts.min() > 900
    assert counts.max() < 1100
