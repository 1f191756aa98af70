"""CAM tables: read back as written, in order, with errors that name missing CAMs."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from selcn.storage.artifacts import DamagedArtifactError, read_arrow, write_table
from selcn.storage.cam_table import MissingCamError, load_cams, rows_of, write_cams


def some_cams(count: int = 6, height: int = 3, width: int = 5) -> tuple[pd.DataFrame, np.ndarray]:
    frame = pd.DataFrame(
        {
            "image_id": [f"img{i // 2}" for i in range(count)],
            "variant": ["original", "rot90"] * (count // 2),
            "predicted": ["symmetric"] * count,
            "empty": [False] * count,
            "fold": [0] * count,
        }
    )
    return frame, np.random.default_rng(0).random((count, height, width)).astype(np.float16)


@pytest.mark.parametrize("count", [6, 0])
def test_gives_back_what_was_written(tmp_path, count):
    frame, cams = some_cams(count)
    write_cams(frame, cams, tmp_path / "cams.parquet")
    read_frame, read = load_cams(tmp_path / "cams.parquet")
    assert read.dtype == np.float16
    assert read.shape == (count, 3, 5)
    np.testing.assert_array_equal(read, cams)
    assert read_frame.to_dict("list") == frame.to_dict("list")


def test_gives_back_whose_cam_an_image_is_given(tmp_path):
    frame, cams = some_cams()
    write_cams(frame.assign(giver=frame["image_id"][::-1].to_numpy(), more=1), cams, tmp_path / "cams.parquet")
    read_frame, _ = load_cams(tmp_path / "cams.parquet")
    assert read_frame["giver"].tolist() == ["img2", "img2", "img1", "img1", "img0", "img0"]
    assert "more" not in read_frame


def test_gives_back_maps_of_transposed_memory(tmp_path):
    frame, cams = some_cams()
    write_cams(frame, cams.transpose(0, 2, 1), tmp_path / "cams.parquet")
    np.testing.assert_array_equal(load_cams(tmp_path / "cams.parquet")[1], cams.transpose(0, 2, 1))


def test_gives_back_maps_that_are_read_in_several_chunks(tmp_path, monkeypatch):
    frame, cams = some_cams()
    write_cams(frame, cams, tmp_path / "cams.parquet")
    whole = read_arrow(tmp_path / "cams.parquet")
    # Large files come so; a slice of a chunk begins in the middle of its storage.
    chunked = pa.concat_tables([whole.slice(0, 2), whole.slice(2, 0), whole.slice(2)])
    monkeypatch.setattr("selcn.storage.cam_table.read_arrow", lambda path: chunked)
    np.testing.assert_array_equal(load_cams("cams.parquet")[1], cams)


def test_equal_maps_are_equal_files(tmp_path):
    for name in ("a", "b"):
        write_cams(*some_cams(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_rows_come_in_the_order_asked_for():
    frame, _ = some_cams()
    rows = rows_of(frame, ["img2", "img0", "img2"], ["original", "rot90", "original"])
    assert rows.tolist() == [4, 1, 4]
    assert rows_of(frame, [], []).tolist() == []


def test_the_first_missing_pair_and_the_file_are_named():
    frame, _ = some_cams()
    with pytest.raises(MissingCamError, match=r"^x/cams\.parquet: no CAM of img1 \(vflip\)") as caught:
        rows_of(frame, ["img0", "img1", "img9"], ["original", "vflip", "original"], "x/cams.parquet")
    assert isinstance(caught.value, KeyError)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame, cams: (frame.drop(columns="empty"), cams), "lacks the columns empty"),
        (lambda frame, cams: (frame, cams[:-1]), "6 rows and 5 CAMs"),
        (lambda frame, cams: (frame, cams.astype(np.float32)), "float32"),
        (lambda frame, cams: (frame, cams * np.float16(1.5)), "expected 0..1"),
        (lambda frame, cams: (frame, cams - np.float16(0.5)), "expected 0..1"),
        (lambda frame, cams: (frame, np.full_like(cams, np.nan)), "expected 0..1"),
        (lambda frame, cams: (frame.assign(variant="original"), cams), "img0 .original. is listed twice"),
    ],
)
def test_refuses_what_is_not_a_table_of_maps(tmp_path, change, message):
    frame, cams = change(*some_cams())
    with pytest.raises(ValueError, match=message):
        write_cams(frame, cams, tmp_path / "cams.parquet")
    assert not (tmp_path / "cams.parquet").exists()


def test_refuses_a_table_without_maps(tmp_path):
    write_table(some_cams()[0], tmp_path / "cams.parquet")
    with pytest.raises(DamagedArtifactError, match="no fixed-shape tensor column"):
        load_cams(tmp_path / "cams.parquet")
