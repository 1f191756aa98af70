"""Where the clone and its Python may lie: refused before anything is installed, and by Snakemake."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from selcn.workflow.clone_path import refusal_of_paths
from studies import PROJECT

GOOD = "/home/müller/se-lcn_2.0@a+b=c,d%e#f~g"


@pytest.mark.parametrize("character", [*" \t'$`&;|<>()*?[]{}:", '"', "\\"])
def test_a_path_that_a_shell_would_take_apart_is_refused(character):
    path = f"/home/my{character}clone"
    refusal = refusal_of_paths(GOOD, f"{path}/.venv/bin/python")
    assert refusal.startswith(f"{path}/.venv/bin/python: ")
    assert f"a path that contains {character!r}; move the clone" in refusal


def test_only_braces_are_refused_in_a_clone_whose_python_lies_elsewhere():
    assert refusal_of_paths("/home/my clone's $1", f"{GOOD}/bin/python") is None
    assert "contains '{'" in refusal_of_paths("/home/my{clone}", f"{GOOD}/bin/python")


def test_a_python_of_a_path_that_is_not_refused_runs_in_a_shell_without_quotes(tmp_path):
    assert refusal_of_paths(GOOD, GOOD) is None
    python = tmp_path / GOOD[1:] / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    said = subprocess.run(["bash", "-c", f"{python} -c 'print(1)'"], capture_output=True, text=True)
    assert said.stdout == "1\n"


def make_in(clone: Path, target: str) -> str:
    """Return what make says as it refuses a target in a clone of what it needs before it installs packages."""
    (clone / "envs").mkdir(parents=True)
    for part in ("Makefile", "workflow_scripts", "envs/requirements.lock"):
        (clone / part).symlink_to(PROJECT / part)
    command = ["make", target, f"PYTHON={sys.executable}"]
    made = subprocess.run(command, cwd=clone, env=os.environ | {"LC_ALL": "C"}, capture_output=True, text=True)
    assert made.returncode != 0
    return made.stderr


@pytest.mark.parametrize("name", ["my clone", "my$HOME", "it's", "a:b", "br{ace}"])
def test_make_refuses_before_it_installs_anything(tmp_path, name):
    clone = tmp_path / name
    assert f"{clone}: Snakemake cannot run from a path that contains" in make_in(clone, "demo")
    assert not (clone / ".venv").exists()


def test_make_refuses_to_install_into_a_link_and_leaves_where_it_leads(tmp_path):
    clone, shared = tmp_path / "clone", tmp_path / "shared"
    (shared / "bin").mkdir(parents=True)
    clone.mkdir()
    (clone / ".venv").symlink_to(shared)
    said = make_in(clone, "environment")
    assert f".venv is a link to {shared}, which installing would empty; remove the link" in said
    assert (shared / "bin").is_dir()
