"""The page's libraries: pinned archives, from the registry or a folder, and what of them is unpacked."""

import base64
import hashlib
import io
import tarfile
import urllib.error
from dataclasses import replace
from pathlib import Path

import pytest

from selcn.prediction.web.libraries import LIBRARIES, NPM, LibraryError, needed_libraries, provide_library, unpack


def archive_of(**files: bytes) -> bytes:
    """Return a gzipped tar archive of files."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    return content.getvalue()


@pytest.fixture
def content() -> bytes:
    return archive_of(**{"package/a.js": b"a", "package/b.js": b"b", "package/LICENSE": b"free"})


@pytest.fixture
def library(content):
    integrity = base64.b64encode(hashlib.sha512(content).digest()).decode()
    files = {"libraries/a.js": "package/a.js", "licences/toy.txt": "package/LICENSE"}
    return replace(LIBRARIES["opencv-js"], name="toy", integrity=integrity, files=files)


def test_an_archive_is_read_from_a_folder(library, content, tmp_path):
    (tmp_path / library.archive).write_bytes(content)
    assert provide_library(library, str(tmp_path)) == content


def test_without_the_archive_the_error_says_where_to_get_it(library, tmp_path):
    with pytest.raises(LibraryError, match=r"no such file; save https://registry\.npmjs\.org/"):
        provide_library(library, str(tmp_path))


def test_another_archive_is_refused(library, content, tmp_path):
    (tmp_path / library.archive).write_bytes(content + b"changed")
    with pytest.raises(LibraryError, match=r"its SHA-512 is .* expected"):
        provide_library(library, str(tmp_path))
    with pytest.raises(LibraryError, match=r"its SHA-512 is .* expected"):
        unpack(library, tmp_path / library.archive, tmp_path / "web")


def test_without_internet_the_error_says_what_to_do(library, monkeypatch):
    def refuse(*arguments, **options):
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    with pytest.raises(LibraryError, match=r"no route to host.*predict: \{page: folder\}.*page: null"):
        provide_library(library, NPM)


def test_opencv_is_needed_for_the_method_that_the_browser_can_do():
    assert needed_libraries("blackhat") == list(LIBRARIES)
    assert needed_libraries("lines") == ["onnxruntime-web"]


def test_only_the_files_that_the_page_needs_are_unpacked(library, content, tmp_path):
    (tmp_path / "archive.tgz").write_bytes(content)
    unpack(library, tmp_path / "archive.tgz", tmp_path / "web")
    written = {str(path.relative_to(tmp_path / "web")): path.read_bytes() for path in Path(tmp_path).rglob("web/*/*")}
    assert written == {"libraries/a.js": b"a", "licences/toy.txt": b"free"}


@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
def test_each_library_is_pinned(library):
    assert library.version in library.archive
    assert len(base64.b64decode(library.integrity)) == 64
