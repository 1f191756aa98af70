"""Bundles: a trained cascade in a folder, with all that its use on new images needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selcn.networks.settings import InputSettings
from selcn.storage.artifacts import read_json, replacing, sha256_of

SCHEMA = 1
METADATA, CHECKSUMS = "metadata.json", "SHA256SUMS"


class BundleError(RuntimeError):
    """A folder is no bundle, or a damaged one."""


@dataclass(frozen=True)
class Bundle:
    """A bundle of one lesion cell in one protocol.

    Attributes
    ----------
    folder
        The bundle's folder.
    metadata
        Content of its metadata.json.
    """

    folder: Path
    metadata: Mapping[str, Any]

    @classmethod
    def load(cls, folder: str | Path) -> "Bundle":
        """Open a bundle whose files are those that its checksums list.

        Raises
        ------
        BundleError
            The folder is no bundle or of another version, or a file is missing or differs from its checksum.
        """
        folder = Path(folder)
        if not (folder / METADATA).is_file():
            raise BundleError(
                f"{folder}: has no {METADATA}; expected the folder of a bundle, such as "
                "results/leakfree/bundle/cls-none_sym-off"
            )
        metadata = read_json(folder / METADATA)
        if metadata.get("schema") != SCHEMA:
            raise BundleError(
                f"{folder / METADATA}: its schema is {metadata.get('schema')!r}, expected {SCHEMA}; write the bundle "
                "anew, or use the version of selcn that wrote it"
            )
        verify(folder)
        return cls(folder, metadata)

    def path(self, name: str) -> Path:
        """Return the path of one of its files."""
        return self.folder / name

    def input_of(self, stage: str) -> InputSettings:
        """Return the input settings of a stage's networks: segmentation, symmetry or lesion."""
        return InputSettings(**self.metadata[stage]["settings"]["input"])


def write_checksums(folder: Path) -> None:
    """Write the checksum of every file of a bundle, in the format of `sha256sum`."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != CHECKSUMS)
    lines = [f"{sha256_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    with replacing(folder / CHECKSUMS) as temporary:
        temporary.write_text("".join(lines))


def verify(folder: Path) -> None:
    """Refuse a bundle of which a file is missing or differs from its checksum.

    Raises
    ------
    BundleError
        Names the first such file.
    """
    listed = folder / CHECKSUMS
    if not listed.is_file():
        raise BundleError(f"{listed}: missing; copy the whole folder of the bundle")
    for line in listed.read_text().splitlines():
        expected, _, name = line.partition("  ")
        path = folder / name
        if not path.is_file():
            raise BundleError(f"{path}: missing, though {CHECKSUMS} lists it; copy the whole folder of the bundle")
        found = sha256_of(path)
        if found != expected:
            raise BundleError(
                f"{path}: its SHA-256 is {found[:12]}..., expected {expected[:12]}...; copy the bundle again"
            )
