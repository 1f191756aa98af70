# What all rules share: the values that wildcards take, the named targets, and what a job asks of the machine.
import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflow_scripts"))

from selcn.design.cam_sources import SHAMS, lesion_cells, sham_masks
from selcn.design.cells import CELLS as THESIS_CELLS, MASKS, split_cell
from selcn.data.datasets.ids import IMAGE_ID
from selcn.data.datasets.sources import label_files
from selcn.storage.shards import sharing_images
from selcn.report.tables.specs import SPECS, ensemble_note
from selcn.workflow.code_digest import digest_of, modules_of
from selcn.workflow.configuration import refusal
from selcn.jobs.environment import tell_jobs
from selcn.jobs.gpus import gpu_slots
from selcn.workflow.job_times import minutes_to_ask
from selcn.workflow.permissions import set_permissions
from selcn.workflow.targets import Patterns

# While the workflow is read, which each job's own Snakemake does again, so that every script inherits it.
set_permissions(config["group_writable"])
tell_jobs(config, shared_gpus=not workflow.remote_exec)
# Without a number of GPUs Snakemake starts any number of jobs that ask for one. A cluster's are not counted here: that
# jobs go to one shows by `--jobs`, which on one machine means its cores.
if "gpu" not in workflow.global_resources and workflow.resource_settings.nodes is None:
    workflow.register_resource("gpu", gpu_slots(config["jobs_per_gpu"]))


# What holds jobs back to `--max-jobs-per-timespan` sets a timer whenever Snakemake 9 looks for work, each timer leads
# to one more look, so every job that ends adds a look a second for good. A cluster has `jobs` in its profile instead.
onstart:
    workflow.scheduler.job_rate_limiter = None


def seeds_of(lesion_dataset, cell):
    """The seeds that a lesion cell is trained with: those of every cell, or of the cells of its mask.

    On ISIC2016, whose cells nothing compares, the first alone.
    """
    seeds = config["lesion"]["seeds"]
    seeds = seeds if isinstance(seeds, list) else seeds[split_cell(cell)[0]]
    return seeds if lesion_dataset == "ham10000" else seeds[:1]


CLONE = Path(workflow.basedir)
DATASETS = ["ham10000", "symderm", "isic2019", "isic2016"]
# Into how many jobs the stages that work image by image are divided, and those of them that compute on a GPU.
SHARDS = {dataset: config["data"][dataset]["shards"] for dataset in DATASETS}
GPU_SHARDS = {dataset: config["data"][dataset]["gpu_shards"] for dataset in DATASETS}
PROTOCOLS = config["protocols"]
ARCHITECTURES = config["segmentation"]["architectures"]
SYMMETRY_MODELS = ["scratch-none", "none", "seg", "lae"]
# Beside which masks there are cells whose E-Layer is given something else than a symmetry model's CAMs. Those of the sham
# `malignancy` are CAMs too, of a network that is trained beside the symmetry models.
SHAM_MASKS = sham_masks(config["lesion"]["sham"])
SHAM_MODELS = ["malignancy"] if SHAM_MASKS else []
# Of which networks there are CAMs.
CAM_MODELS = [*MASKS, *SHAM_MODELS]
CAM_SOURCES = [*MASKS, *(SHAMS if SHAM_MASKS else [])]
# Those that are compared; where the choice among them is left open, each may be the symmetry network's.
BACKBONES = config["symmetry"]["backbones"]
BACKBONE_LEFT_OPEN = config["symmetry"]["backbone"] == "auto"
# All that is trained on SymDerm.
TRAINED_ON_SYMDERM = [*SYMMETRY_MODELS, *SHAM_MODELS]
SYMDERM_MODELS = [f"symmetry/{name}" for name in TRAINED_ON_SYMDERM] + [f"backbones/{name}" for name in BACKBONES]
# The thesis's models 1 to 12, and the shams.
CELLS = lesion_cells(config["lesion"]["sham"])
FOLDS = {
    "symmetry": range(config["symmetry"]["folds"]),
    "lesion": range(config["lesion"]["folds"]),
}
# The thesis's protocol trains segmentation networks on as many folds as its ensemble has. In the leakfree one every image
# of the pool gets its mask from the network that its fold is held out of.
SEGMENTATION_FOLDS = {"thesis": range(config["segmentation"]["ensemble"]["folds"]), "leakfree": FOLDS["lesion"]}
# What each network's search and settings are of: the thesis searches once a network, for its first model.
MODELS = {"segmentation": ARCHITECTURES, "symmetry": SYMMETRY_MODELS, "lesion": CELLS}
BASELINES = {"segmentation": ARCHITECTURES[0], "symmetry": "none", "lesion": CELLS[0]}
SEARCHED = config["search"]["networks"] if config["search"]["trials"] else []
BY_CELL = config["search"]["scope"] == "cell"
SEARCHES = [f"{name}/{model}" for name in SEARCHED for model in (MODELS[name] if BY_CELL else [BASELINES[name]])]
SETTINGS = [
    "backbones",
    *(name for name in MODELS if not (BY_CELL and name in SEARCHED)),
    *(SEARCHES if BY_CELL else []),
]
# Of which images there are CAMs by which source; shams are trained on HAM10000 alone.
CAMS = [f"{dataset}/{mask}" for dataset in DATASETS for mask in MASKS] + [
    f"{dataset}/{sham}" for dataset in ("ham10000", "isic2019") for sham in CAM_SOURCES if sham in SHAMS
]
# Every data set that a lesion cell is trained on, with the further test sets its models predict, and its cells.
LESION_DATASETS = {"ham10000": "isic2019", "isic2016": "official_test"}
CELLS_OF = {"ham10000": CELLS, "isic2016": THESIS_CELLS}
# The thesis's, and those that it has not; so is that of the backbones, by a rule of its own.
# By the stage that they are made from: a job a stage writes them.
TABLES = {
    "segmentation": ["05"],
    "symmetry": ["06a", "06b", "07", *SHAM_MODELS],
    "lesion": ["08a", "08b", "09", "10", "11", "12", "measures", "unfamiliar"],
    "isic2016": ["13", "14", "15"],
}
FIGURES = ["03", "05", "06", "08", "09", "10", "11", "12", "13"]

WILDCARDS = {
    "protocol": PROTOCOLS,
    "dataset": DATASETS,
    "shard": [str(shard) for shard in range(max(*SHARDS.values(), *GPU_SHARDS.values()))],
    "lesion_dataset": list(LESION_DATASETS),
    "settings": SETTINGS,
    "search": SEARCHES,
    "worker": [str(worker) for worker in range(config["search"]["workers"])],
    "weights": list(config["weights"]),
    "architecture": ARCHITECTURES,
    "backbone": BACKBONES,
    "model": TRAINED_ON_SYMDERM,
    "mask": MASKS,
    "cell": CELLS,
    "cam_model": CAM_MODELS,
    "sham": [sham for sham in SHAMS if sham != "malignancy"],
    "seed": sorted({str(seed) for cell in CELLS for seed in seeds_of("ham10000", cell)}),
    "segmentation_fold": [str(fold) for fold in max((SEGMENTATION_FOLDS[name] for name in PROTOCOLS), key=len)],
    "symmetry_fold": [str(fold) for fold in FOLDS["symmetry"]],
    "lesion_fold": [str(fold) for fold in FOLDS["lesion"]],
    "image_id": IMAGE_ID,
}
CONSTRAINTS = {
    name: values if isinstance(values, str) else "|".join(map(re.escape, values)) for name, values in WILDCARDS.items()
}

CELL = "results/{protocol}/lesion/{lesion_dataset}/{cell}"
LESION_SEED = f"{CELL}/seed-{{seed}}"
LESION_FOLD = f"{LESION_SEED}/fold-{{lesion_fold}}"

AUDITS = expand("results/{protocol}/tables/audit.md", protocol=PROTOCOLS)
BACKBONE_TABLES = expand("results/{protocol}/tables/table-backbones.md", protocol=PROTOCOLS if BACKBONES else [])
TARGETS = {
    "hair": expand("results/hair/{dataset}/manifest.parquet", dataset=DATASETS),
    "masks": expand("results/{protocol}/masks/{dataset}/manifest.parquet", protocol=PROTOCOLS, dataset=DATASETS),
    "symmetry": expand("results/{protocol}/symmetry/{model}/metrics.json", protocol=PROTOCOLS, model=TRAINED_ON_SYMDERM)
    + BACKBONE_TABLES,
    "cams": expand("results/{protocol}/cams/{cams}/cams.parquet", protocol=PROTOCOLS, cams=CAMS),
    "lesion": expand(
        ["results/{protocol}/lesion/ham10000/{cell}/metrics.json", "results/{protocol}/tables/table-{table}.md"],
        protocol=PROTOCOLS,
        cell=CELLS,
        table=["08a", "08b", "09", "11", "12"],
    ),
    "isic2019": expand("results/{protocol}/tables/table-{table}.md", protocol=PROTOCOLS, table=["10", "unfamiliar"]),
    "isic2016": expand("results/{protocol}/tables/table-{table}.md", protocol=PROTOCOLS, table=["13", "14", "15"]),
    "tables": expand("results/{protocol}/tables/table-{table}.md", protocol=PROTOCOLS, table=sum(TABLES.values(), []))
    + expand("results/{protocol}/tables/{name}.md", protocol=PROTOCOLS, name=["comparisons", "answers", "subgroups"])
    + BACKBONE_TABLES
    + AUDITS,
    "figures": expand("results/{protocol}/figures/figure-{figure}.png", protocol=PROTOCOLS, figure=FIGURES)
    + expand("results/{protocol}/figures/shams.png", protocol=PROTOCOLS if SHAM_MASKS else [])
    + expand("results/{protocol}/figures/reliability-{mask}.png", protocol=PROTOCOLS, mask=MASKS)
    + ["results/lesions/near-duplicates.png"]
    + expand("results/{protocol}/figures/search/{search}.png", protocol=PROTOCOLS, search=SEARCHES),
    "search": expand(
        ["results/{protocol}/search/{search}/best.yaml", "results/{protocol}/figures/search/{search}.png"],
        protocol=PROTOCOLS,
        search=SEARCHES,
    ),
}


def code_of(*files):
    """What a script or modules, and all that they import, do, as a digest: a parameter, so that a change reruns a rule."""
    return digest_of({path for file in files for path in modules_of(CLONE / "workflow_scripts" / file)})


def from_clone(path):
    """A path of the configuration, which is relative to the clone, relative to the working directory."""
    return path if os.path.isabs(path) else os.path.relpath(CLONE / path)


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
    if "verify" in sys.argv[1:] and {"all", *TARGETS} & set(sys.argv[1:]):
        raise WorkflowError("verify runs alone, since other jobs change files while it reads them; give it by itself")
    patterns = Patterns.of_rules(workflow.rules, WILDCARDS)
    for target in sys.argv[1:]:
        if target.startswith("results/"):
            message = patterns.refusal(target)
            if message:
                raise WorkflowError(message)
