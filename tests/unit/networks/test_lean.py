"""The networks of a study are built and trained without importing torch's compiler, which remains usable."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from selcn.networks.lean import left_alone, without_compiler

PROJECT = Path(__file__).parents[3]
NETWORKS = """
import torch
from selcn.networks.lesion import LesionSettings, build_lesion_network
from selcn.networks.segmentation import SegmentationSettings, build_segmentation_network
from selcn.networks.symmetry import SymmetrySettings, build_symmetry_network
from selcn.training.fit import adam_of, seed_everything
from selcn.networks.settings import InputSettings, TrainingSettings

training, size = TrainingSettings(2, 1e-3, 0.0), InputSettings(64)
seed_everything(training)
networks = [
    build_symmetry_network(SymmetrySettings("squeezenet1_0", size, training, 0.5), None),
    build_symmetry_network(SymmetrySettings("efficientnet_b0", size, training, 0.5), None),
    build_lesion_network(LesionSettings("test_efficientnet", False, size, training, 0.4), None, 7, False),
    build_segmentation_network("unet", SegmentationSettings("resnet18", size, training, 0.05), None),
]
for network in networks:
    optimizer = adam_of(network, training)
    network(torch.rand(2, 3, 64, 64)).sum().backward()
    optimizer.step()
"""
LOADED = """
import sys
print([name for name in ("torch._dynamo", "torch._dynamo.utils", "torch._inductor", "sympy") if name in sys.modules])
"""


def output_of(code: str) -> str:
    """Return what a process of its own prints."""
    places = {"PYTHONPATH": str(PROJECT / "workflow_scripts"), "SELCN_ALLOW_CPU": "1"}
    result = subprocess.run([sys.executable, "-c", code], env=places, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_a_step_of_every_kind_of_network_loads_nothing_of_torch_s_compiler():
    assert output_of(NETWORKS + LOADED) == "[]\n"


def test_the_compiler_is_there_afterwards_and_for_what_torchvision_takes_of_it():
    code = """
import torch
from selcn.networks.lean import without_compiler
disable = torch.compiler.disable
with without_compiler():
    from torchvision.ops import roi_align
assert torch.compiler.disable is disable
boxes = [torch.tensor([[0.0, 0.0, 4.0, 4.0]])]
print(roi_align(torch.ones(1, 1, 8, 8), boxes, 2).tolist())
import torch._dynamo
print(torch._dynamo.utils.__file__.endswith("utils.py"), len(torch._dynamo.utils.counters))
import sys
supported = sys.modules["torchvision.ops.roi_align"].is_compile_supported
print(supported("cpu") == torch._dynamo.utils.is_compile_supported("cpu"))
"""
    assert output_of(code) == "[[[[1.0, 1.0], [1.0, 1.0]]]]\nTrue 0\nTrue\n"


def test_a_library_that_asks_for_more_of_the_compiler_gets_it():
    code = """
from selcn.networks.lean import without_compiler
with without_compiler():
    from torch._dynamo.utils import counters
    import torch._dynamo
assert torch._dynamo.utils.counters is counters
assert torch._dynamo.utils.is_compile_supported.__module__ == "torch._dynamo.utils"
print("as torch has it")
"""
    assert output_of(code) == "as torch has it\n"


def test_an_import_that_fails_leaves_torch_as_it_was():
    disable = torch.compiler.disable
    with pytest.raises(ImportError), without_compiler():
        import no_such_library  # noqa: F401
    assert torch.compiler.disable is disable


def test_functions_are_left_alone_however_they_are_marked():
    def function():
        pass

    assert left_alone(function) is left_alone(recursive=False)(function) is left_alone(reason="none")(function)
    assert left_alone(function) is function
