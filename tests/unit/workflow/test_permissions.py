"""The umask of the workflow: what the group may, and that others never write."""

import os
import stat

import pytest

from selcn.workflow.permissions import set_permissions, umask_for


@pytest.mark.parametrize(
    ("group_writable", "umask", "expected"),
    [
        (False, 0o022, 0o022),
        (False, 0o077, 0o077),
        (False, 0o000, 0o002),
        (True, 0o022, 0o002),
        (True, 0o077, 0o007),
        (True, 0o000, 0o002),
    ],
)
def test_others_never_write_and_the_group_where_it_may(group_writable, umask, expected):
    assert umask_for(group_writable, umask) == expected
    assert umask_for(group_writable, expected) == expected, "a job's own Snakemake sets it again"


@pytest.mark.parametrize(("group_writable", "expected", "of_folders"), [(True, 0o007, 0o770), (False, 0o077, 0o700)])
def test_the_process_s_umask_and_snakemake_s_folders_are_set(
    tmp_path, monkeypatch, group_writable, expected, of_folders
):
    monkeypatch.chdir(tmp_path)
    before = os.umask(0o077)
    try:
        (tmp_path / ".snakemake/log").mkdir(parents=True)
        set_permissions(group_writable)
        assert os.umask(0o077) == expected
    finally:
        os.umask(before)
    for folder in (tmp_path / ".snakemake", tmp_path / ".snakemake/log"):
        assert stat.S_IMODE(folder.stat().st_mode) == of_folders


def test_snakemake_s_folders_are_closed_to_others(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".snakemake").mkdir()
    (tmp_path / ".snakemake").chmod(0o777)
    before = os.umask(0)
    try:
        set_permissions(False)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / ".snakemake").stat().st_mode) == 0o775
