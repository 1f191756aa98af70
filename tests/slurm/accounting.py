"""What Slurm's accounting says of the jobs that it ran."""

import subprocess
from dataclasses import dataclass

FIELDS = ("JobIDRaw", "State", "Partition", "AllocTRES", "Comment")
MEGABYTES = {"K": 1 / 1024, "M": 1, "G": 1024, "T": 1024**2}


@dataclass(frozen=True)
class Attempt:
    """One run of one job: a job that was queued again has several."""

    number: str
    state: str
    partition: str
    gpus: int
    memory: float
    rule: str
    wildcards: str

    @classmethod
    def of_row(cls, row: str) -> "Attempt":
        """Read a row of `sacct`, whose comment is rule_<rule>_wildcards_<their values>, or rule_<group>_<its rules>."""
        number, state, partition, resources, comment = row.split("|")
        held = dict(part.split("=") for part in resources.split(",") if part)
        memory = held.get("mem", "0M")
        rule, _, wildcards = comment.removeprefix("rule_").partition("_wildcards_")
        return cls(
            number=number,
            state=state.split()[0],
            partition=partition,
            gpus=int(held.get("gres/gpu", 0)),
            memory=float(memory[:-1]) * MEGABYTES[memory[-1]],
            rule=rule,
            wildcards=wildcards,
        )


def attempts() -> list[Attempt]:
    """Return every attempt at every job, in the order of their numbers; memory in MB."""
    command = ["sacct", "--allocations", "--duplicates", "--noheader", "--parsable2", f"--format={','.join(FIELDS)}"]
    rows = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return [Attempt.of_row(row) for row in rows]


def running_job(rule: str, wildcards: str) -> str | None:
    """Return the number of the job that runs a rule for some wildcards, or None where there is none."""
    command = ["squeue", "--noheader", "--states=RUNNING", "--format=%i %k"]
    rows = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    comment = f"rule_{rule}_wildcards_{wildcards}"
    return next((number for number, found in (row.split() for row in rows) if found == comment), None)
