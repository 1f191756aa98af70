"""What the benchmarks ran on."""

import os
import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    "torch",
    "torchvision",
    "timm",
    "grad-cam",
    "segmentation_models_pytorch",
    "opencv-python-headless",
    "numpy",
    "pandas",
    "pyarrow",
    "snakemake",
)


def describe_machine() -> dict[str, object]:
    """Return the machine's processor, cores, memory in GiB and system, and how busy it is (its load average)."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory),
        "system": f"{platform.system()} {platform.machine()}",
        "load": round(os.getloadavg()[0], 2),
    }


def processor() -> str:
    """Return the processor's name, as the kernel gives it."""
    with open("/proc/cpuinfo") as lines:
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def versions() -> dict[str, str]:
    """Return the versions of Python and of what is measured or compared with, as far as it is installed."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
