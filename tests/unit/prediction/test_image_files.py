"""The files below a folder of images, and their names."""

import os
import re

import pytest

from selcn.prediction.files import FolderError, digest_of, list_images, name_of_folder, names_of


def paths(folder, without=()):
    return [file.path for file in list_images(folder, without)]


def test_every_file_is_listed_by_path_but_hidden_ones(tmp_path):
    for name in ("b.jpg", "a/c.png", "a/deep/d", "notes.txt", ".hidden.jpg", ".cache/e.jpg", "__MACOSX/f.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"1")
    assert paths(tmp_path) == ["a/c.png", "a/deep/d", "b.jpg", "notes.txt"]


def test_a_folder_of_results_is_left_out(tmp_path):
    (tmp_path / "out/sheets").mkdir(parents=True)
    (tmp_path / "out/sheets/a.png").write_bytes(b"1")
    (tmp_path / "a.png").write_bytes(b"1")
    assert paths(tmp_path, [tmp_path / "out", tmp_path / "not there"]) == ["a.png"]


def test_loops_of_links_end_and_a_folder_keeps_its_own_path(tmp_path):
    (tmp_path / "z").mkdir()
    (tmp_path / "z/a.jpg").write_bytes(b"1")
    (tmp_path / "z/up").symlink_to(tmp_path)
    (tmp_path / "a_link").symlink_to("z")
    (tmp_path / "itself").symlink_to("itself")
    files = {file.path: file for file in list_images(tmp_path)}
    assert set(files) == {"z/a.jpg", "itself"}
    assert files["z/a.jpg"].rejection is None
    assert "a link that leads nowhere" in files["itself"].rejection.reason


def test_a_linked_folder_outside_is_searched(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/a.jpg").write_bytes(b"1")
    (tmp_path / "images").mkdir()
    (tmp_path / "images/link").symlink_to(tmp_path / "outside")
    assert paths(tmp_path / "images") == ["link/a.jpg"]


@pytest.mark.parametrize("without", [(), ("out",)])
def test_a_folder_without_files_is_refused(tmp_path, without):
    (tmp_path / ".hidden.jpg").write_bytes(b"1")
    (tmp_path / "out").mkdir()
    for name in without:
        (tmp_path / name / "a.png").write_bytes(b"1")
    with pytest.raises(FolderError, match=f"{tmp_path}: found no files in it or its sub-folders; expected images"):
        list_images(tmp_path, [tmp_path / name for name in without])


def test_a_folder_that_cannot_be_listed_is_named(tmp_path, monkeypatch):
    for name in ("closed", "open"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jpg").write_bytes(b"1")
    scan = os.scandir

    # Root can read every folder.
    def refusing(place):
        if os.path.basename(place) == "closed":
            raise PermissionError(13, "Permission denied", str(place))
        return scan(place)

    monkeypatch.setattr(os, "scandir", refusing)
    files = list_images(tmp_path)
    assert [file.path for file in files] == ["closed", "open/a.jpg"]
    assert files[0].rejection.reason == "this folder cannot be listed (Permission denied)"


def test_the_folder_itself_must_be_there(tmp_path):
    with pytest.raises(FolderError, match="no such folder; expected a folder of images"):
        list_images(tmp_path / "images")


def test_names_are_unique_and_safe_whatever_the_paths():
    odd = ["a b.jpg", "ä.jpg", "日本.jpg", "x\ny.jpg", "../../x.jpg", "a'b\"<c>.png", "\udcff.jpg", "%2e.jpg", ".jpg"]
    names = names_of(odd)
    assert len(set(names)) == len(odd)
    assert all(re.fullmatch(r"[A-Za-z0-9-]+-[0-9a-f]{8}", name) for name in names)
    assert names[0].startswith("a-b-")
    assert names[2].startswith("image-")


def test_a_name_is_that_of_the_paths_hash():
    # printf 'sub/ISIC_1.jpg' | sha256sum
    assert names_of(["sub/ISIC_1.jpg"]) == ["ISIC-1-9e9a21fd"]


def test_equal_names_get_longer(monkeypatch):
    monkeypatch.setattr("selcn.prediction.files._DIGITS", 1)
    many = [f"{number}/image.jpg" for number in range(40)]
    names = names_of(many)
    assert len(set(names)) == 40
    assert max(map(len, names)) == len("image-") + 32


def test_the_digest_changes_with_paths_sizes_and_times(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"1")
    os.utime(tmp_path / "a.jpg", ns=(1, 1))
    before = digest_of(list_images(tmp_path))
    assert digest_of(list_images(tmp_path)) == before
    os.utime(tmp_path / "a.jpg", ns=(2, 2))
    touched = digest_of(list_images(tmp_path))
    (tmp_path / "b.jpg").write_bytes(b"1")
    assert len({before, touched, digest_of(list_images(tmp_path))}) == 3


def test_the_name_of_a_folder_is_safe_in_a_rules_path():
    assert re.fullmatch(r"my-images-v2-[0-9a-f]{8}", name_of_folder("/data/my images {v2}"))
    assert re.fullmatch(r"images-[0-9a-f]{8}", name_of_folder("/"))
