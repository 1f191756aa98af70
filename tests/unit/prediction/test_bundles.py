"""Bundles: what makes a folder one, and damage that is found."""

import json
import subprocess

import pytest

from random_bundle import write_random_bundle
from selcn.prediction.bundle import Bundle, BundleError, write_checksums


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return write_random_bundle(tmp_path_factory.mktemp("made") / "bundle")


@pytest.fixture
def bundle(made, tmp_path):
    folder = tmp_path / "bundle"
    subprocess.run(["cp", "-a", made, folder], check=True)
    return folder


def test_opens_with_its_metadata(bundle):
    opened = Bundle.load(bundle)
    assert opened.metadata["cell"] == "cls-none_sym-off"
    assert opened.path("weights/symmetry-0.safetensors").is_file()


def test_checksums_are_those_of_sha256sum(bundle):
    found = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=bundle, capture_output=True)
    assert found.returncode == 0
    listed = {line.split("  ")[1] for line in (bundle / "SHA256SUMS").read_text().splitlines()}
    assert listed == {str(p.relative_to(bundle)) for p in bundle.rglob("*") if p.is_file()} - {"SHA256SUMS"}


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(BundleError, match=r"has no metadata\.json; expected the folder of a bundle"):
        Bundle.load(tmp_path)


def test_a_missing_file_is_named(bundle):
    (bundle / "weights/lesion-seed-7-fold-1.safetensors").unlink()
    with pytest.raises(BundleError, match=r"lesion-seed-7-fold-1\.safetensors: missing"):
        Bundle.load(bundle)


def test_a_flipped_bit_is_found(bundle):
    path = bundle / "weights/segmentation-0.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(BundleError, match=r"segmentation-0\.safetensors: its SHA-256 is"):
        Bundle.load(bundle)


def test_missing_checksums_are_refused(bundle):
    (bundle / "SHA256SUMS").unlink()
    with pytest.raises(BundleError, match="SHA256SUMS: missing"):
        Bundle.load(bundle)


def test_a_bundle_of_another_version_is_refused(bundle):
    metadata = json.loads((bundle / "metadata.json").read_text())
    (bundle / "metadata.json").write_text(json.dumps(metadata | {"schema": 2}))
    write_checksums(bundle)
    with pytest.raises(BundleError, match="its schema is 2, expected 1"):
        Bundle.load(bundle)
