"""With `gpu.deterministic` a training on a GPU gives the same bits every time, also when it was stopped."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
# The packages that each network needs.
NETWORKS = {
    "lesion": "torch",
    "squeezenet1_0": "torchvision",
    "unet": "segmentation_models_pytorch",
    "deeplabv3plus": "segmentation_models_pytorch",
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_deterministic_training_gives_the_same_bits_also_when_it_was_stopped(device, tmp_path, name):
    pytest.importorskip(NETWORKS[name])
    command = [sys.executable, str(TESTS / "deterministic_training.py"), device.type, name, str(tmp_path)]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(TESTS.parent / "workflow_scripts"), str(TESTS), *sys.path])
    }
    environment.pop("CUBLAS_WORKSPACE_CONFIG", None)
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    whole, again, resumed = done.stdout.split()
    assert again == whole
    assert resumed == whole
