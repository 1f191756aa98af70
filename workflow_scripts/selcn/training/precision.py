"""How a job computes: threads, determinism, and the precision of a training."""

import logging
import os

import torch

from selcn.jobs.device import pick_device
from selcn.jobs.environment_record import note
from selcn.networks.settings import TrainingSettings

log = logging.getLogger("selcn.training")

# Choices of `gpu.without_bfloat16`.
WITHOUT_BFLOAT16 = {"float16": torch.float16, "float32": torch.float32}
# As cuBLAS requires for the same sums in every run: https://docs.nvidia.com/cuda/cublas/#results-reproducibility
CUBLAS_WORKSPACE = ":4096:8"


def prepare_torch(threads: int, deterministic: bool) -> None:
    """Set up torch for what a job computes next, and return the GPU memory that nothing holds any more.

    To be called before CUDA is first used.

    Parameters
    ----------
    threads
        CPU threads of torch.
    deterministic
        Whether a GPU uses deterministic algorithms only; a CPU always does. A layer that has none raises an error.
    """
    if deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", CUBLAS_WORKSPACE)
        torch.backends.cudnn.benchmark = False
    if deterministic or pick_device().type == "cpu":
        # As `torch.use_deterministic_algorithms`, which would also import torch's compiler.
        torch.set_deterministic_debug_mode("error")
        torch.utils.deterministic.fill_uninitialized_memory = False
    # Convolutions in single precision use all of it instead of TF32.
    torch.backends.cudnn.allow_tf32 = False
    torch.set_num_threads(threads)
    torch.cuda.empty_cache()


def training_dtype(settings: TrainingSettings, device: torch.device) -> torch.dtype:
    """Return the type that a network's feature extractor is trained in, and log it.

    It is float32 on a CPU, bfloat16 on a GPU that computes in it (compute capability 8 or higher), and
    `settings.without_bfloat16` on other GPUs, where torch emulates bfloat16. Pooling, E-Layer and classifier are
    trained in float32, and everything but the training is computed in float32.
    """
    if device.type == "cpu":
        name, dtype = "the CPU", torch.float32
    else:
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        name = torch.cuda.get_device_name()
        dtype = torch.bfloat16 if native else WITHOUT_BFLOAT16[settings.without_bfloat16]
    word = str(dtype).removeprefix("torch.")
    if dtype == torch.float32:
        log.info("training on %s in float32", name)
    else:
        log.info("training on %s: features in %s, head and loss in float32", name, word)
        note(precision=f"{word} features in training, otherwise float32")
    return dtype
