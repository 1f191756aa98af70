"""A clone of the project with a small finished study in it, which tests change and ask again."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PARTS = ("Snakefile", "config.yaml", "config", "rules", "schemas", "profiles", "resources", "workflow_scripts", "envs")
CELL = "results/thesis/lesion/ham10000/cls-none_sym-lae/metrics.json"


def copy_project(folder: Path) -> Path:
    """Copy what the workflow consists of, as a clone would hold it."""
    for part in PARTS:
        source = PROJECT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / part)
    shutil.copy(Path(__file__).with_name("mini.yaml"), folder / "config" / "mini.yaml")
    return folder


class Study:
    """A clone with its study in `mini/`."""

    def __init__(self, clone: Path) -> None:
        self.clone = clone
        self.directory = clone / "mini"

    def snakemake(self, *arguments: str, overlays: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
        """Run Snakemake in the clone as a user would."""
        command = [sys.executable, "-m", "snakemake", *arguments, "--directory", "mini", "--cores", "2"]
        command += ["--resources", "gpu=2", "--configfile", "config/demo.yaml", "config/mini.yaml", *overlays]
        environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        return subprocess.run(command, cwd=self.clone, env=environment, capture_output=True, text=True, check=False)

    def run(self, *targets: str) -> None:
        """Make targets."""
        result = self.snakemake(*targets)
        assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-5000:]

    def jobs(self, *targets: str, overlays: tuple[str, ...] = ()) -> Counter:
        """Return how many jobs of each rule a dry run lists."""
        result = self.snakemake(*targets, "--dry-run", "--quiet", "host", "reason", overlays=overlays)
        assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-5000:]
        text = result.stdout + result.stderr
        table = text[text.rindex("Job stats:") :] if "Job stats:" in text else ""
        counts = {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}
        counts.pop("total", None)
        return Counter(counts)


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Study:
    """One cell's study, run from nothing; tests must not change it."""
    study = Study(copy_project(tmp_path_factory.mktemp("first") / "clone"))
    study.run(CELL)
    return study


@pytest.fixture
def study(finished, tmp_path) -> Study:
    """A copy of the finished study, to be changed at will."""
    shutil.copytree(finished.clone, tmp_path / "clone")
    return Study(tmp_path / "clone")
