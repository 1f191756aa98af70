"""Import networks' libraries without torch's compiler, which they load and the study's networks never call.

torchvision takes one function of torch._dynamo for its RoI pooling, and timm marks one network as not to be compiled:
each imports the compiler, which with all that it imports takes 1.1 s of processor time a process, as long as torch
itself. Most jobs of a small study take a few seconds.
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
    """Within the block, libraries are imported that ask torch's compiler for no more than they need not have.

    Where one of another version asks for more, the compiler is imported as ever.
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
    """Stands for torch._dynamo.utils until more is asked of it than the one function."""

    @staticmethod
    def is_compile_supported(device_type: str) -> bool:
        """Return what the function of that name does, which is imported when it is called."""
        return import_module(UTILITIES).is_compile_supported(device_type)

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(UTILITIES) is self:
            del sys.modules[UTILITIES]
        return getattr(import_module(UTILITIES), name)


def left_alone(fn: Callable | None = None, recursive: bool = True, **options: object) -> Callable:
    """Return a function as it is, or a decorator that does: nothing is compiled that it would have to be kept from."""
    return fn if fn is not None else lambda function: function
