"""torch's Adam, without importing torch's compiler on the first call.

torch excludes its optimisers from `torch.compile` by wrapping their methods, and each wrapper imports torch._dynamo on
its first call: 1.0 s of processor time per process, in addition to 1.3 s for torch itself. A study has hundreds of
trainings, most of them small, and none calls its optimiser from compiled code.

This relies on the names of torch's wrappers (2.11 to 2.14). With other names nothing is unwrapped, and the compiler is
imported as usual.
"""

from collections.abc import Callable

import torch

WRAPPERS = (
    "_disable_dynamo.<locals>.inner",
    "_use_grad_for_differentiable.<locals>._use_grad",
    "Optimizer.profile_hook_step.<locals>.wrapper",  # around the previous one once an Adam exists; ours gets its own
)


def unwrapped(method: Callable) -> Callable:
    """Return a method of torch's optimisers without the wrappers that import the compiler."""
    while method.__code__.co_qualname in WRAPPERS:
        method = method.__wrapped__  # type: ignore[attr-defined]
    return method


class Adam(torch.optim.Adam):
    """torch's Adam without its wrappers; `no_grad`, which one of them applied to `step`, is applied here."""

    add_param_group = unwrapped(torch.optim.Adam.add_param_group)
    zero_grad = unwrapped(torch.optim.Adam.zero_grad)
    state_dict = unwrapped(torch.optim.Adam.state_dict)
    load_state_dict = unwrapped(torch.optim.Adam.load_state_dict)
    step = torch.no_grad()(unwrapped(torch.optim.Adam.step))
