"""Checksums that Snakemake computes once."""

import asyncio
import hashlib
import os

from selcn.workflow.known_checksums import computed_once


def counted(read: list[str]):
    """A checksum as Snakemake's that notes each file it reads."""

    async def checksum(file, threshold=None):
        if not os.path.exists(file) or os.path.getsize(file) > threshold:
            return None
        read.append(os.path.basename(file))
        with open(file, "rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()

    return computed_once(checksum)


def test_a_file_is_read_once_until_it_is_written_again(tmp_path):
    read: list[str] = []
    checksum, file = counted(read), tmp_path / "images.npy"
    file.write_bytes(b"first")
    found = [asyncio.run(checksum(file, 100)) for _ in range(24)]
    assert set(found) == {hashlib.sha256(b"first").hexdigest()}
    assert read == ["images.npy"]
    (tmp_path / "new").write_bytes(b"other")  # of the same size, in its place
    os.utime(tmp_path / "new", ns=(file.stat().st_mtime_ns,) * 2)
    os.replace(tmp_path / "new", file)
    assert asyncio.run(checksum(file, 100)) == hashlib.sha256(b"other").hexdigest()
    file.write_bytes(b"later")
    assert asyncio.run(checksum(file, 100)) == hashlib.sha256(b"later").hexdigest()


def test_the_same_file_by_another_threshold_or_once_it_is_there_is_asked_for_anew(tmp_path):
    read: list[str] = []
    checksum, file = counted(read), tmp_path / "images.npy"
    assert asyncio.run(checksum(file, 100)) is None
    file.write_bytes(b"first")
    assert asyncio.run(checksum(file, 2)) is None
    assert asyncio.run(checksum(file, threshold=100)) == hashlib.sha256(b"first").hexdigest()
