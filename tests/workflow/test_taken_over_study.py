"""A study of the version before, taken over by one whose code differs in places and words only."""

import json
import subprocess
import sys

import pytest

from studies import CELL

pytestmark = pytest.mark.workflow
DIGESTS = """
import json, sys
sys.path.insert(0, "workflow_scripts")
from selcn.workflow.code_digest import SCRIPTS, digest_of, modules_of
code = {script.name: [script.name] for script in SCRIPTS.glob("*.py")}
code["training"] = ["selcn/training/lesion.py", "selcn/training/cross_validation.py"]
files = {name: {path for script in scripts for path in modules_of(SCRIPTS / script)} for name, scripts in code.items()}
print(json.dumps({name: digest_of(found) for name, found in files.items()}))
"""


def digests(study) -> dict[str, str]:
    """Return the code digests of a clone's scripts."""
    done = subprocess.run([sys.executable, "-c", DIGESTS], cwd=study.clone, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_nothing_is_trained_or_predicted_again(study):
    before = digests(study)
    engine = study.clone / "workflow_scripts/selcn/training/fit.py"
    engine.write_text(engine.read_text().replace("resuming after epoch", "going on after epoch"))
    now = digests(study)
    changed = {name: {"before": before[name], "now": now[name]} for name in now if now[name] != before[name]}
    assert {"train_segmentation.py", "train_symmetry.py", "training", "compute_cams.py"} <= set(changed)
    (study.clone / "resources/former_code.json").write_text(json.dumps({"version": "0.1.0", "digests": changed}))
    command = [sys.executable, "-m", "selcn.jobs.take_over", str(study.directory)]
    surroundings = {"PYTHONPATH": str(study.clone / "workflow_scripts")}
    said = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=True).stdout
    assert "pieces of finished work" in said

    weights = {path: path.read_bytes() for path in study.directory.rglob("results/thesis/**/fold-*/best.pt")}
    study.run(CELL)
    logs = "".join(path.read_text() for path in study.directory.glob("logs/train_*/thesis/**/*.log"))
    assert logs.count("taken over from an earlier version") == len(weights)
    assert "train_loss" not in logs
    assert {path: path.read_bytes() for path in weights} == weights
    assert not study.jobs(CELL)
