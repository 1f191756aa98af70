# What all rules share: the study's lists and input functions, the named targets, and what a job asks of the machine.
import sys
from pathlib import Path

CLONE = Path(workflow.basedir)
sys.path.insert(0, str(CLONE / "workflow_scripts"))

from selcn.jobs.environment import tell_jobs
from selcn.jobs.gpus import gpu_slots
from selcn.workflow.code_digest import digest_of, modules_of
from selcn.workflow.configuration import refusal
from selcn.workflow.inputs.images import ImageInputs
from selcn.workflow.inputs.networks import NetworkInputs
from selcn.workflow.inputs.results import ResultInputs
from selcn.workflow.job_times import minutes_to_ask
from selcn.workflow.permissions import set_permissions
from selcn.workflow.pinned_versions import other_versions, pins_of, records_in
from selcn.workflow.study import Study
from selcn.workflow.targets import Patterns

study = Study.from_config(config)
images = ImageInputs(study, CLONE)
networks = NetworkInputs(images)
results = ResultInputs(networks)

# While the workflow is read, which each job's own Snakemake does again, so that every script inherits it.
set_permissions(config["group_writable"])
tell_jobs(config, shared_gpus=not workflow.remote_exec, clone=CLONE)
# Without a number of GPUs Snakemake starts any number of jobs that ask for one. A cluster's are not counted here: that
# jobs go to one shows by `--jobs`, which on one machine means its cores.
if "gpu" not in workflow.global_resources and workflow.resource_settings.nodes is None:
    workflow.register_resource("gpu", gpu_slots(config["jobs_per_gpu"]))


# What holds jobs back to `--max-jobs-per-timespan` sets a timer whenever Snakemake 9 looks for work, each timer leads
# to one more look, so every job that ends adds a look a second for good. A cluster has `jobs` in its profile instead.
onstart:
    workflow.scheduler.job_rate_limiter = None
    message = other_versions(records_in(Path("results")), pins_of(CLONE / "envs/requirements.lock"))
    if message:
        logger.warning(message)


def code_of(*files):
    """What a script or modules, and all that they import, do, as a digest: a parameter, so that a change reruns a rule."""
    return digest_of({path for file in files for path in modules_of(CLONE / "workflow_scripts" / file)})


def growing(amount):
    """A resource of which each attempt at a job asks more, up to four times as much."""

    def asked(wildcards, attempt):
        return amount * min(attempt, 4)

    return asked


def near_records(minutes):
    """Minutes that grow from attempt to attempt, at the first near what the rule's last jobs took, where any were timed.

    Where that was too little, the second attempt has all that the rule asks for without a record.
    """

    def asked(wildcards, attempt, rulename):
        first, attempt = minutes_to_ask(rulename, minutes), min(attempt, 4)
        return max(first * attempt, minutes * (attempt - 1))

    # Only a cluster is asked for minutes.
    return asked if workflow.resource_settings.nodes else growing(minutes)


def cpu_job(mem_mb, runtime):
    """What a job asks of the machine: memory in MB, and minutes."""
    return {"mem_mb": growing(mem_mb), "runtime": near_records(runtime)}


def gpu_job(mem_mb, runtime):
    """What a job that trains or infers asks of the machine: one GPU, memory in MB, and minutes."""
    return {"gpu": 1, **cpu_job(mem_mb, runtime)}


def refuse_unusable_configuration():
    """Stop where the schema accepts the configuration and it cannot be used all the same."""
    message = refusal(config)
    if message:
        raise WorkflowError(message)


def refuse_unknown_targets():
    """Stop where a path under results/ is asked for that no rule makes, and name the nearest ones that do.

    `verify` runs alone: beside other jobs it would find files that are being written.
    """
    if "verify" in sys.argv[1:] and {"all", *study.targets} & set(sys.argv[1:]):
        raise WorkflowError("verify runs alone, since other jobs change files while it reads them; give it by itself")
    patterns = Patterns.of_rules(workflow.rules, study.wildcards)
    for target in sys.argv[1:]:
        if target.startswith("results/"):
            message = patterns.refusal(target)
            if message:
                raise WorkflowError(message)
