"""Adam as torch has it, without the import of torch's compiler that its first call makes.

torch keeps `torch.compile` out of its optimisers by wrapping their methods, and each wrapper imports torch._dynamo when
it is first called: 1.0 s of processor time a process, beside 1.3 s for torch itself. A study is hundreds of trainings,
most of them small, and none calls its optimiser from compiled code.

This relies on the names of torch's wrappers (2.11 to 2.14). Under a version with others nothing is taken away: the
methods are torch's own, and so is the import.
"""

from collections.abc import Callable

import torch

WRAPPERS = (
    "_disable_dynamo.<locals>.inner",
    "_use_grad_for_differentiable.<locals>._use_grad",
    "Optimizer.profile_hook_step.<locals>.wrapper",  # around the former once there is an Adam; ours gets its own
)


def unwrapped(method: Callable) -> Callable:
    """Return a method of torch's optimisers without the wrappers that import the compiler, where it has any."""
    while method.__code__.co_qualname in WRAPPERS:
        method = method.__wrapped__  # type: ignore[attr-defined]
    return method


class Adam(torch.optim.Adam):
    """torch's Adam; only its wrappers are gone, and what one of them did, to step without gradients, is done here."""

    add_param_group = unwrapped(torch.optim.Adam.add_param_group)
    zero_grad = unwrapped(torch.optim.Adam.zero_grad)
    state_dict = unwrapped(torch.optim.Adam.state_dict)
    load_state_dict = unwrapped(torch.optim.Adam.load_state_dict)
    step = torch.no_grad()(unwrapped(torch.optim.Adam.step))
