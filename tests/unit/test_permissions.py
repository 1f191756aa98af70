"""The umask of the workflow: what the group may, and that others never write."""

import os

import pytest

from selcn.workflow.permissions import set_umask, umask_for


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


def test_the_process_s_umask_is_set():
    before = os.umask(0o077)
    try:
        set_umask(True)
        assert os.umask(0o077) == 0o007
    finally:
        os.umask(before)
