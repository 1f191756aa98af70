# What a job asks of the machine: memory, minutes, and a GPU.
from selcn.workflow.job_times import minutes_to_ask


def growing(amount):
    """Return a resource that grows with each attempt at a job, up to four times the amount."""

    def asked(wildcards, attempt):
        return amount * min(attempt, 4)

    return asked


def near_records(minutes):
    """Return minutes that grow with each attempt, the first based on the recorded times of the rule's jobs, if any.

    If that was too short, the second attempt gets the rule's full time.
    """

    def asked(wildcards, attempt, rulename):
        first, attempt = minutes_to_ask(rulename, minutes), min(attempt, 4)
        return max(first * attempt, minutes * (attempt - 1))

    # Minutes matter on a cluster only.
    return asked if workflow.resource_settings.nodes else growing(minutes)


def cpu_job(mem_mb, runtime):
    """Return the resources of a CPU job: memory in MB, and minutes."""
    return {"mem_mb": growing(mem_mb), "runtime": near_records(runtime)}


def gpu_job(mem_mb, runtime):
    """Return the resources of a GPU job: one GPU, memory in MB, and minutes."""
    # Memory does not grow with a data set: arrays are copied to the GPU in blocks of 64 MB, or read batch by batch (128
    # images of 256 px: 25 MB as stored, 100 MB in float32).
    return {"gpu": 1, **cpu_job(mem_mb, runtime)}
