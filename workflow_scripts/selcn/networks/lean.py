"""Imports of torchvision and timm without torch's compiler, which they load and the study's networks never call.

torchvision uses one function of torch._dynamo for its RoI pooling, and timm excludes one network from compilation. Each
imports the compiler, which with its dependencies takes 1.1 s of processor time per process, as long as torch itself.
Most jobs of a small study take a few seconds.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

import torch

COMPILER, UTILITIES = "torch._dynamo", "torch._dynamo.utils"


@contextmanager
def without_compiler() -> Iterator[None]:
    """Import libraries within the block without torch's compiler.

    A library version that uses more of the compiler imports it as usual.
    """
    if COMPILER in sys.modules:
        yield
        return
    disable, torch.compiler.disable = torch.compiler.disable, left_alone
    sys.modules[UTILITIES] = stand_in = Utilities(UTILITIES)
    try:
        yield
    finally:
        torch.compiler.disable = disable
        if sys.modules.get(UTILITIES) is stand_in:
            del sys.modules[UTILITIES]


class Utilities(ModuleType):
    """Stand-in for torch._dynamo.utils, replaced by it once more than the one function is used."""

    @staticmethod
    def is_compile_supported(device_type: str) -> bool:
        """Call the function of that name, which is imported only then."""
        return import_module(UTILITIES).is_compile_supported(device_type)

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(UTILITIES) is self:
            del sys.modules[UTILITIES]
        return getattr(import_module(UTILITIES), name)


def left_alone(fn: Callable | None = None, recursive: bool = True, **options: object) -> Callable:
    """Return a function unchanged, or a decorator that does; nothing is compiled, so nothing needs excluding."""
    return fn if fn is not None else lambda function: function
