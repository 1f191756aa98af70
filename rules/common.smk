# Shared by all rules: the study's lists and input functions, named targets, and the resources of jobs.
import gc
import sys
from functools import cache
from pathlib import Path

from snakemake.common.configfile import load_configfile
from snakemake.io import _IOFile
from snakemake.output_index import OutputIndex
from snakemake.utils import validate

CLONE = Path(workflow.basedir)
sys.path.insert(0, str(CLONE / "workflow_scripts"))

from selcn.jobs.environment import tell_command, tell_jobs
from selcn.jobs.gpus import gpu_slots, visible_gpus
from selcn.jobs.signals import exit_on_signals, stop_on_signals
from selcn.report.marks import marked, marked_table
from selcn.workflow.clone_path import refusal_of_paths
from selcn.workflow.code_digest import code_of
from selcn.workflow.configuration import refusal, searches_refusal
from selcn.workflow.configuration_file import write_configuration
from selcn.workflow.inputs.images import ImageInputs
from selcn.workflow.inputs.networks import NetworkInputs
from selcn.workflow.inputs.report_images import ReportImageInputs
from selcn.workflow.inputs.results import ResultInputs
from selcn.workflow.inputs.run import CRATE, RUN, RunInputs
from selcn.workflow.known_checksums import computed_once
from selcn.workflow.named_targets import targets_of
from selcn.workflow.permissions import set_permissions
from selcn.workflow.pinned_versions import other_versions, pins_of, records_in
from selcn.workflow.study import Study
from selcn.workflow.targets import Patterns
from selcn.workflow.unknown_keys import unknown_keys

try:
    validate(config, "../schemas/config.schema.yaml")
except WorkflowError as error:
    files = {str(path): load_configfile(path) for path in workflow.configfiles}
    message = unknown_keys(error.__context__, {"--config": workflow.config_settings.config, **files})
    # Snakemake's own message of an unknown key has the whole schema.
    raise WorkflowError(message) if message else error

study = Study.from_config(config)
targets = targets_of(study)
images = ImageInputs(study, CLONE)
networks = NetworkInputs(images)
results = ResultInputs(networks)
report_images = ReportImageInputs(results)
run = RunInputs(results)

# A cluster's GPUs are not counted here: only there does `--jobs` set a number of nodes.
on_this_machine = workflow.resource_settings.nodes is None
gpus = visible_gpus() if on_this_machine and not workflow.remote_exec else []
# Planning makes many objects and frees few: garbage collection, at Python's threshold, takes 8 % of it.
gc.set_threshold(100_000, 50, 100)
# Snakemake 9 searches all rules for each input of each job, 20 % of planning; each file is an input of six jobs.
OutputIndex.match_producers = cache(OutputIndex.match_producers)
# Snakemake 9 reads all inputs of a finished job once for each output.
_IOFile.checksum = computed_once(_IOFile.checksum)
# While parsing, which each cluster job's own Snakemake repeats, so that every script inherits these settings. On a
# cluster's node a job has a GPU of its own.
set_permissions(config["group_writable"])
tell_jobs(config, gpus, jobs_per_gpu=1 if workflow.remote_exec else config["jobs_per_gpu"], clone=CLONE)
if workflow.is_main_process:
    tell_command(sys.argv[1:])
exit_on_signals()
# Without a limit Snakemake starts any number of GPU jobs at once.
if "gpu" not in workflow.global_resources and on_this_machine:
    workflow.register_resource("gpu", gpu_slots(gpus, config["jobs_per_gpu"]))


# Snakemake 9's rate limiter (`--max-jobs-per-timespan`) starts a timer at every scheduling, and each timer triggers
# another one, so every finished job adds a scheduling per second for good. Cluster profiles limit `jobs` instead.
onstart:
    workflow.scheduler.job_rate_limiter = None
    stop_on_signals(workflow.scheduler.exit_gracefully)
    # For `make status`, which reads files alone. Snakemakes of single jobs call no hooks.
    write_configuration(study.config)
    message = other_versions(records_in(Path("results")), pins_of(CLONE / "envs/requirements.lock"))
    if message:
        logger.warning(message)


def refuse_unusable_configuration():
    """Stop if the configuration is valid by the schema but cannot be used, or Snakemake cannot run from its path."""
    message = (
        refusal_of_paths(str(CLONE), sys.executable)
        or refusal(study.config)
        or searches_refusal(config["search"]["networks"], study.search.dataset_of, config["datasets"])
    )
    if message:
        raise WorkflowError(message)


def refuse_unknown_targets():
    """Stop if a target under results/ is made by no rule, and name the nearest ones that are.

    `verify` must run alone: other jobs would be writing the files that it reads.
    """
    if "verify" in sys.argv[1:] and {"all", *targets} & set(sys.argv[1:]):
        raise WorkflowError("`verify` must run alone, since other jobs change files while it reads them")
    if "predict" in sys.argv[1:] and "predict" not in targets:
        raise WorkflowError(
            "predict: no images; name their folder, as in --config images=FOLDER, or as `images` in a file"
        )
    patterns = Patterns.of_rules(workflow.rules, study.wildcards)
    for target in sys.argv[1:]:
        if target.startswith("results/"):
            message = patterns.refusal(target)
            if message:
                raise WorkflowError(message)
