"""The share of a published study is enough for its tables."""

import pytest

from selcn.jobs.shared import start
from studies import PROJECT, Study, copy_project

pytestmark = pytest.mark.workflow
PUBLISHED = PROJECT / "docs/results/finetuned"
TABLES = [f"results/leakfree/tables/{name}.csv" for name in ("audit", "epochs", "table-08b")]


def test_tables_made_from_a_share_are_those_of_its_study(tmp_path):
    study = Study(copy_project(tmp_path / "clone"), "study", ("config/frozen.yaml", "config/finetuned.yaml"))
    start(PUBLISHED / "shared", study.directory)
    study.run("--profile", "profiles/shared", *TABLES)
    for table in TABLES:
        published = PUBLISHED / "report/files" / table.removeprefix("results/")
        assert (study.directory / table).read_bytes() == published.read_bytes(), table
