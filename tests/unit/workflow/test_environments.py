"""The environments under envs/: one version of a package in all of them, and in each what its rules' scripts import."""

import ast
import re
import sys
from pathlib import Path

import pytest
import yaml

from selcn.workflow.code_digest import modules_of

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
RULE_FILES = sorted((ROOT / "rules").glob("*.smk"))

# conda-forge's name of a package, where PyPI's is another
PYPI_NAMES = {"matplotlib-base": "matplotlib"}
# the name a package is imported by, where it is another
PACKAGE_OF_IMPORT = {
    "PIL": "pillow",
    "cv2": "opencv-python-headless",
    "markdown_it": "markdown-it-py",
    "pytorch_grad_cam": "grad-cam",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def packages_of_requirements(path: Path) -> dict[str, str | None]:
    """Return the version of each package in a requirements file; None where it names none."""
    lines = [re.split(r"[;#\\]", line)[0].strip() for line in path.read_text().splitlines()]
    pairs = [line.partition("==") for line in lines if line and not line.startswith("--hash=")]
    return {normalised(name): version or None for name, _, version in pairs}


def packages_of_environment(path: Path) -> dict[str, str | None]:
    """Return the version of each package in a conda environment, by its name on PyPI; python and pip left out."""
    entries = yaml.safe_load(path.read_text())["dependencies"]
    conda = [entry.partition("=") for entry in entries if isinstance(entry, str)]
    pip = [requirement.partition("==") for entry in entries if isinstance(entry, dict) for requirement in entry["pip"]]
    versions = {normalised(PYPI_NAMES.get(name, name)): version or None for name, _, version in [*conda, *pip]}
    return {name: version for name, version in versions.items() if name not in ("python", "pip")}


def rules_with_environment() -> list[tuple[str, Path, Path]]:
    """Return the name, the environment and the script of every rule that has both, read from the rules' text."""
    found = []
    for file in RULE_FILES:
        for name, body in re.findall(r"^rule (\w+):\n((?:[ \t]+.*\n|\n)+)", file.read_text(), re.MULTILINE):
            paths = [re.search(rf'^\s+{key}:\s+"([^"]+)"', body, re.MULTILINE) for key in ("conda", "script")]
            if all(paths):
                found.append((name, *((file.parent / path[1]).resolve() for path in paths)))
    return found


def imported_packages(script: Path) -> set[str]:
    """Return the packages that a script and the library's modules behind it import, by their names on PyPI."""
    names = set()
    for module in modules_of(script):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Import):
                names.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                names.add(node.module.split(".")[0])
    return {PACKAGE_OF_IMPORT.get(name, normalised(name)) for name in names - sys.stdlib_module_names - {"selcn"}}


@pytest.fixture(scope="module")
def lock() -> dict[str, str | None]:
    return packages_of_requirements(ROOT / "envs" / "requirements.lock")


def test_the_lock_pins_every_package(lock):
    assert len(lock) > 50
    assert [name for name, version in lock.items() if version is None] == []


def test_the_lock_has_a_checksum_of_every_package(lock):
    """pip then refuses a file that is another than when the lock was made."""
    text = (ROOT / "envs" / "requirements.lock").read_text()
    assert len(re.findall(r"^[^\s#].*\\\n    --hash=sha256:[0-9a-f]{64}\b", text, re.MULTILINE)) == len(lock)


def test_the_lock_holds_what_is_required(lock):
    required = packages_of_requirements(ROOT / "envs" / "requirements.in")
    assert required
    assert [name for name in required if name not in lock] == []
    assert {name: lock[name] for name, version in required.items() if version} == {
        name: version for name, version in required.items() if version
    }


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.name)
def test_an_environment_has_the_versions_of_the_lock(path, lock):
    packages = packages_of_environment(path)
    assert packages
    assert packages == {name: lock.get(name) for name in packages}


@pytest.mark.parametrize("file", RULE_FILES, ids=lambda path: path.name)
def test_every_environment_that_a_rule_names_exists(file):
    named = re.findall(r'^\s+conda:\s+"([^"]+)"', file.read_text(), re.MULTILINE)
    assert len(named) == len(re.findall(r"^\s+conda:", file.read_text(), re.MULTILINE))
    assert [path for path in named if not (file.parent / path).is_file()] == []


def test_every_rule_finds_its_scripts_imports_in_its_environment():
    rules = rules_with_environment()
    assert rules
    missing = {
        f"{name}: {environment.name}": absent
        for name, environment, script in rules
        if (absent := imported_packages(script) - set(packages_of_environment(environment)))
    }
    assert missing == {}
