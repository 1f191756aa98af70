"""The library as `pip install .` installs it: everything that `selcn` needs is in it, and among its dependencies."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from selcn.workflow.code_digest import SCRIPTS
from studies import PROJECT


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The folder that the library is installed into."""
    place = tmp_path_factory.mktemp("installed")
    # setuptools writes beside its sources.
    source = place / "source"
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(PROJECT / "workflow_scripts/selcn", source / "workflow_scripts/selcn", ignore=ignored)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(PROJECT / name, source)
    options = ["--no-deps", "--no-build-isolation", "--no-compile", "--quiet", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(place / "target"), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return place / "target"


def test_all_files_of_the_library_are_installed(installed):
    def files(folder: Path) -> set[str]:
        return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}

    assert files(installed / "selcn") == files(SCRIPTS / "selcn")


def test_the_command_tells_version_and_options(installed, project):
    environment = {**os.environ, "PYTHONPATH": str(installed), "COLUMNS": "200"}
    command = [sys.executable, installed / "bin/selcn"]

    def told(*arguments: str) -> str:
        done = subprocess.run([*command, *arguments], env=environment, cwd=installed, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert told("--version") == f"selcn {project['version']}\n"
    assert "--bundle" in told("predict", "--help")


def test_what_the_command_imports_is_among_the_dependencies(project):
    path = PROJECT / "tests/unit/workflow/test_environments.py"
    spec = importlib.util.spec_from_file_location("environments", path)
    environments = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(environments)
    imported = environments.imported_packages(SCRIPTS / "selcn/cli.py")
    dependencies = {re.split("[<>=]", each)[0] for each in project["dependencies"]}
    assert imported == dependencies
    assert all(">=" in each for each in project["dependencies"])
