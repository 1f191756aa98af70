# What the rules of images share, as common.smk: the shards of a data set, its packed images and its masks.


def of_shards(path, dataset, shards=SHARDS):
    """A file of every shard of a data set, of those of the GPU stages with `GPU_SHARDS`; it has `{shard}` in it."""
    return [path.replace("{shard}", str(shard)) for shard in range(shards[dataset])]


def shard_of_job(wildcards, key="shards"):
    """The shard that a job works on, of how many."""
    shard, shards = int(wildcards.shard), config["data"][wildcards.dataset][key]
    if shard >= shards:
        raise WorkflowError(
            f"{wildcards.dataset} has no shard {shard}: data.{wildcards.dataset}.{key} is {shards}, so that the last one "
            f"to ask for is shard {shards - 1}"
        )
    return {"shard": shard, "shards": shards, "dataset": wildcards.dataset}


def gpu_shard_of_job(wildcards):
    """The same of a job that computes on a GPU."""
    return shard_of_job(wildcards, "gpu_shards") | {"key": "gpu_shards"}


def packed_shards(wildcards):
    """The packed shards in which images of a GPU stage's shard may lie, as named inputs."""
    dataset = wildcards.dataset
    shards = sharing_images(int(wildcards.shard), GPU_SHARDS[dataset], SHARDS[dataset])
    folders = [f"results/packed/{dataset}/shard-{shard}" for shard in shards]
    return {
        "images": [f"{folder}/images.npy" for folder in folders],
        "rows": [f"{folder}/manifest.parquet" for folder in folders],
    }


def lesions_of(wildcards):
    """Which fold's networks may be applied to whose images, in the leakfree protocol; else nothing."""
    return "results/leakfree/lesions.parquet" if wildcards.protocol == "leakfree" else []


def segmentation_files(wildcards, name):
    """A file of every architecture's training of every fold."""
    return expand(
        f"results/{wildcards.protocol}/segmentation/{{architecture}}/fold-{{fold}}/{name}",
        architecture=ARCHITECTURES,
        fold=SEGMENTATION_FOLDS[wildcards.protocol],
    )


def packed(dataset):
    """The packed images of a data set, and what describes them, as named inputs."""
    return {
        "images": of_shards(f"results/packed/{dataset}/shard-{{shard}}/images.npy", dataset),
        "rows": f"results/packed/{dataset}/manifest.parquet",
    }


def true_masks(dataset):
    """The packed true masks of a data set."""
    return of_shards(f"results/packed/{dataset}/shard-{{shard}}/masks.npy", dataset)


def masks_for(mask, protocol, dataset):
    """The masks to lay over a data set's images, as named inputs; nothing where they stay whole."""
    folder = f"results/{protocol}/masks/{dataset}"
    named = {"none": {}, "lae": {"mask_rows": f"{folder}/manifest.parquet"}}
    named["seg"] = named["lae"] | {"masks": of_shards(f"{folder}/shard-{{shard}}/masks.npy", dataset, GPU_SHARDS)}
    return named[mask]


def mask_of_model(model):
    """The mask on the input of a network that is trained on SymDerm; three of them are named after theirs."""
    return model if model in MASKS else "none"


def shard_masks(wildcards):
    """What `masks_for` gives for the input of a network that is trained on SymDerm, for one shard alone."""
    folder = f"results/{wildcards.protocol}/masks/{wildcards.dataset}/shard-{wildcards.shard}"
    named = {"none": {}, "lae": {"mask_rows": f"{folder}/manifest.parquet"}}
    named["seg"] = named["lae"] | {"masks": f"{folder}/masks.npy"}
    return named[mask_of_model(wildcards.cam_model)]


def growing(amount):
    """A resource of which each attempt at a job asks more, up to four times as much."""
    return lambda wildcards, attempt: amount * min(attempt, 4)


def near_records(minutes):
    """Minutes that grow from attempt to attempt, at the first near what the rule's last jobs took, where any were timed.

    Where that was too little, the second attempt has all that the rule asks for without a record.
    """

    def asked(wildcards, attempt, rulename):
        first, attempt = minutes_to_ask(rulename, minutes), min(attempt, 4)
        return max(first * attempt, minutes * (attempt - 1))

    # Only a cluster is asked for minutes.
    return asked if workflow.resource_settings.nodes else growing(minutes)
