"""The page's two libraries, pinned packages of the npm registry. Standard library only: rules import it."""

import base64
import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

NPM = "npm"
"""Value of `bundle.page` that downloads the packages."""


@dataclass(frozen=True)
class Library:
    """A package of the npm registry.

    Attributes
    ----------
    name, version
        The package.
    address
        Where its archive is downloaded.
    integrity
        The archive's SHA-512 in base64, as npm states it.
    files
        The files that the page needs: names in the page's folder, and paths in the archive.
    licence
        Its licence, and the file in the page's folder `licences` that has the text.
    """

    name: str
    version: str
    address: str
    integrity: str
    files: Mapping[str, str]
    licence: str

    @property
    def archive(self) -> str:
        """Name of the archive."""
        return self.address.rpartition("/")[2]


LIBRARIES = {
    library.name: library
    for library in (
        # Its plain WebAssembly build: those for WebGPU are twice as large.
        Library(
            "onnxruntime-web",
            "1.30.0",
            "https://registry.npmjs.org/onnxruntime-web/-/onnxruntime-web-1.30.0.tgz",
            "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ==",
            {
                "libraries/ort.wasm.bundle.min.mjs": "package/dist/ort.wasm.bundle.min.mjs",
                "libraries/ort-wasm-simd-threaded.wasm": "package/dist/ort-wasm-simd-threaded.wasm",
            },
            "MIT (onnxruntime-web.txt); of what it contains: "
            "https://github.com/microsoft/onnxruntime/blob/v1.30.0/ThirdPartyNotices.txt",
        ),
        # The version of OpenCV that the study runs.
        Library(
            "opencv-js",
            "5.0.0-release.1",
            "https://registry.npmjs.org/@techstark/opencv-js/-/opencv-js-5.0.0-release.1.tgz",
            "PIm+eB0MFtieXoNC2GRao0dv/02sehG+Nv2nSW5D6pQm6J/4WqvDHm0RyoqOmGYQm67jdGiaOdIeTShCY3PIUg==",
            {"libraries/opencv.js": "package/dist/opencv.js", "licences/opencv-js.txt": "package/LICENSE"},
            "Apache 2.0 (opencv-js.txt)",
        ),
    )
}
"""The libraries, by name."""


class LibraryError(RuntimeError):
    """A library cannot be had, or is not the pinned one."""


def needed_libraries(hair_method: str) -> list[str]:
    """Return the names of the libraries that a page needs: OpenCV only for the one method of hair removal it can do."""
    return ["onnxruntime-web", *(["opencv-js"] if hair_method == "blackhat" else [])]


def provide_library(library: Library, source: str) -> bytes:
    """Return the archive of a library.

    Parameters
    ----------
    source
        `NPM`: download; else a folder that has the archive.

    Raises
    ------
    LibraryError
        The registry cannot be reached, the folder lacks the archive, or its SHA-512 is another.
    """
    content = download(library) if source == NPM else read_archive(library, Path(source))
    refuse_others(library, content, library.address if source == NPM else str(Path(source) / library.archive))
    return content


def download(library: Library) -> bytes:
    """Return the archive of a library from the npm registry."""
    from urllib.request import urlopen  # slow to import, and not needed by rules

    try:
        with urlopen(library.address, timeout=60) as response:
            return response.read()
    except OSError as error:
        raise LibraryError(
            f"{library.address}: not downloaded ({error}); run the same command again or, without internet access, "
            f"save it in a folder and name that in the configuration, predict: {{page: folder}}; page: null makes "
            "bundles without the page"
        ) from error


def read_archive(library: Library, folder: Path) -> bytes:
    """Return the archive of a library from a folder."""
    path = folder / library.archive
    if not path.is_file():
        raise LibraryError(f"{path}: no such file; save {library.address} there, or set bundle.page to {NPM}")
    return path.read_bytes()


def refuse_others(library: Library, content: bytes, place: str) -> None:
    """Raise `LibraryError` where content is not the pinned archive of a library."""
    found = base64.b64encode(hashlib.sha512(content).digest()).decode()
    if found != library.integrity:
        raise LibraryError(
            f"{place}: its SHA-512 is {found[:12]}..., expected {library.integrity[:12]}... of {library.name} "
            f"{library.version}; save {library.address} again"
        )


def unpack(library: Library, archive: Path, folder: Path) -> None:
    """Write the files of a library that the page needs into a folder.

    Raises
    ------
    LibraryError
        The archive is not the pinned one.
    """
    content = archive.read_bytes()
    refuse_others(library, content, str(archive))
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as packed:
        for name, path in library.files.items():
            member = packed.extractfile(path)
            if member is None:
                raise LibraryError(f"{archive}: {path} is no file; correct `files` of {library.name} in this module")
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(member.read())
