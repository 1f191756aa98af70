"""How Snakemake spends its own time while jobs run."""

import re

import pytest

from studies import SAID

pytestmark = pytest.mark.workflow


def test_snakemake_looks_for_work_when_a_job_has_ended_and_not_each_second_for_each_that_ever_did(finished):
    said = (finished.directory / SAID).read_text()
    ended, looks = (len(re.findall(line, said, re.MULTILINE)) for line in ("^Finished jobid", "^Ready jobs: "))
    assert ended > 20
    assert ended / 3 <= looks <= 2 * ended
