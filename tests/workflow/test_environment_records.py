"""The record of the environment beside the results of a study, and the warning where versions differ."""

import json

import pytest
import torch

from studies import CELL

pytestmark = pytest.mark.workflow


def test_it_is_beside_every_model_mask_and_cam(finished):
    results = finished.directory / "results"
    found = [*results.rglob("best.pt"), *results.rglob("shard-*/masks.npy"), *results.rglob("shard-*/cams.parquet")]
    made = [path for path in found if path.parent.name != ".sha256"]
    assert len(made) > 8
    for path in made:
        record = json.loads((path.parent / "environment.json").read_text())
        assert record["numpy"]
        if "packed" not in path.parts:
            assert record["torch"] == torch.__version__.split("+")[0]
            assert (record["device"], record["precision"], record["halved"]) == ("CPU", "float32", False)
    assert json.loads((results / "weights/squeezenet1_0.json").read_text())["source"] == "random"


def test_results_with_other_versions_are_told_of_when_a_run_starts(study):
    path = next(study.directory.rglob("results/**/seed-42/fold-0/environment.json"))
    path.write_text(json.dumps(json.loads(path.read_text()) | {"torch": "1.0"}))
    metrics = study.directory / CELL
    metrics.unlink()
    said = study.run(CELL)
    assert "results were made with other versions than envs/requirements.lock pins: torch 1.0 (pinned: " in said
