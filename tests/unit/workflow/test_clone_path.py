"""Where the clone and its Python may lie: refused before anything is installed, and by Snakemake."""

import os
import subprocess
import sys

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


@pytest.mark.parametrize("name", ["my clone", "my$HOME", "it's", "a:b", "br{ace}"])
def test_make_refuses_before_it_installs_anything(tmp_path, name):
    clone = tmp_path / name
    (clone / "envs").mkdir(parents=True)
    for part in ("Makefile", "workflow_scripts", "envs/requirements.lock"):
        (clone / part).symlink_to(PROJECT / part)
    command = ["make", "demo", f"PYTHON={sys.executable}"]
    made = subprocess.run(command, cwd=clone, env=os.environ | {"LC_ALL": "C"}, capture_output=True, text=True)
    assert made.returncode != 0
    assert f"{clone}: Snakemake cannot run from a path that contains" in made.stderr
    assert not (clone / ".venv").exists()
