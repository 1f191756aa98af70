"""Randomly damaged images and label tables, from a seed: each is named or read correctly, without any other error."""

import json
import subprocess
import sys

import fuzzing
from selcn.workflow.code_digest import SCRIPTS

CASES = 500
# Far more than it takes: only a hang comes near it.
PATIENCE_S = 600


def test_whatever_a_data_set_holds_is_named_or_read_well(tmp_path):
    command = [sys.executable, "-W", "ignore", fuzzing.__file__, "1", str(CASES), str(tmp_path)]
    path = {"PYTHONPATH": f"{SCRIPTS}"}
    ran = subprocess.run(command, env=path, timeout=PATIENCE_S, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-4000:]
    outcomes = json.loads(ran.stdout)
    assert len(outcomes) == CASES
    assert not {case: found for case, found in outcomes.items() if found.startswith("CRASH")}
    for kind in ("image", "table"):
        found = [text.split(":")[0] for case, text in outcomes.items() if case.startswith(kind)]
        assert found.count("named") > CASES / 5
        assert found.count("clean") > CASES / 50
