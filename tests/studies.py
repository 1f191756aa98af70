"""Clones of the project with a study in each, run and asked through Snakemake as a user would."""

import fcntl
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
CELL = "results/thesis/lesion/ham10000/cls-none_sym-lae/metrics.json"
LEAKFREE_CELL = "results/leakfree/lesion/ham10000/cls-seg_sym-none/metrics.json"
# What Snakemake said, at length, while the study of `finished` was made.
SAID = "said.txt"
PARTS = (
    "Snakefile",
    "config.yaml",
    "config",
    "rules",
    "schemas",
    "profiles",
    "report",
    "resources",
    "workflow_scripts",
    "envs",
    "CITATION.cff",
)


def copy_project(folder: Path) -> Path:
    """Copy what the workflow consists of, as a clone would hold it."""
    for part in PARTS:
        source = PROJECT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / part)
    return folder


def two_gpus(folder: Path, monkeypatch) -> None:
    """Put a stand-in of `nvidia-smi` on the path that lists two GPUs."""
    path = folder / "nvidia-smi"
    path.write_text("#!/bin/sh\necho 'GPU 0: A (UUID: GPU-aa)'\necho 'GPU 1: A (UUID: GPU-bb)'\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


@cache
def loaded_snakemake() -> subprocess.Popen:
    """Return the process that forks a Snakemake for every run that is asked of it; it ends with this one."""
    command = [sys.executable, Path(__file__).with_name("forked_snakemake.py")]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


class Study:
    """A clone and the working directory and overlays of its study."""

    def __init__(self, clone: Path, directory: str, overlays: tuple[str, ...]) -> None:
        self.clone = clone
        self.directory = clone / directory
        self.overlays = overlays

    def copy(self, clone: Path) -> "Study":
        """Return a copy, whose study can be changed at will."""
        shutil.copytree(self.clone, clone)
        return Study(clone, self.directory.name, self.overlays)

    def snakemake(self, *arguments: str, overlays: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
        """Run Snakemake in the clone, with further overlays where given."""
        given, surroundings = self._arguments(*arguments, overlays=overlays), self._surroundings()
        umask = os.umask(0)
        os.umask(umask)
        with tempfile.NamedTemporaryFile("r") as output:
            run = {"arguments": given, "folder": str(self.clone), "environment": surroundings["env"], "umask": umask}
            loaded = loaded_snakemake()
            print(json.dumps(run | {"output": output.name}), file=loaded.stdin, flush=True)
            return subprocess.CompletedProcess(given, int(loaded.stdout.readline()), output.read())

    def start(self, output: Path, *arguments: str, **options) -> subprocess.Popen:
        """Start Snakemake in a session of its own, its output appended to a file, and return without waiting.

        Further options are those of `Popen`.
        """
        with open(output, "a") as file:
            command = [sys.executable, "-m", "snakemake", *self._arguments(*arguments)]
            given = {"stdout": file, "stderr": file, "start_new_session": True} | options
            return subprocess.Popen(command, **self._surroundings(), **given)

    def run(self, *arguments: str) -> str:
        """Make targets and return what Snakemake said."""
        result = self.snakemake(*arguments)
        assert result.returncode == 0, result.stdout[-8000:]
        return result.stdout

    def jobs(self, *targets: str, overlays: tuple[str, ...] = ()) -> Counter:
        """Return how many jobs of each rule a dry run lists."""
        result = self.snakemake(*targets, "--dry-run", "--quiet", "host", "reason", overlays=overlays)
        assert result.returncode == 0, result.stdout[-8000:]
        text = result.stdout
        table = text[text.rindex("Job stats:") :] if "Job stats:" in text else ""
        counts = {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}
        counts.pop("total", None)
        return Counter(counts)

    def _arguments(self, *arguments: str, overlays: tuple[str, ...] = ()) -> list[str]:
        places = ["--directory", str(self.directory), "--cores", "3", "--configfile", *self.overlays, *overlays]
        return [*arguments, *places]

    def _surroundings(self) -> dict:
        environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        return {"cwd": self.clone, "env": environment}


def mini_study(clone: Path) -> Study:
    """Return the study of `mini.yaml`, the demo cut down, in a clone."""
    copy_project(clone)
    shutil.copy(PROJECT / "tests/workflow/mini.yaml", clone / "config")
    return Study(clone, "mini", ("config/demo.yaml", "config/mini.yaml"))


def made_once(factory, name: str, make: Callable[[Path], Study]) -> Study:
    """Return a study that is made once a test run: by the first worker that needs it, while the others wait.

    Parameters
    ----------
    factory
        pytest's `tmp_path_factory`.
    name
        What tells this study from the run's others.
    make
        Makes the study in a clone in a new folder.
    """
    base = factory.getbasetemp()
    # A worker's temporary folder lies in that of the run.
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = folder / "study.pickle"
        if not made.exists():
            # Where another worker has failed, its rest is there.
            shutil.rmtree(folder / "clone", ignore_errors=True)
            made.write_bytes(pickle.dumps(make(folder / "clone")))
        return pickle.loads(made.read_bytes())
