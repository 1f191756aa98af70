# Grad-CAM++ of the symmetry models, computed once for every image and variant used in the lesion stage.


rule compute_cams:
    input:
        unpack(images.packed_shards),
        unpack(images.shard_masks),
        splits="results/{protocol}/splits/{dataset}.parquet",
        settings=networks.cam_settings,
        models=expand(
            "results/{protocol}/symmetry/{cam_model}/fold-{fold}/best.pt",
            fold=study.folds["symmetry"],
            allow_missing=True,
        ),
        # To choose the best fold in the thesis's protocol; the leakfree protocol uses out-of-fold networks.
        predictions=networks.predictions_to_choose_by,
        lesions=images.lesions,
    output:
        cams="results/{protocol}/cams/{dataset}/{cam_model}/shard-{shard}/cams.parquet",
    log:
        "logs/compute_cams/{protocol}/{dataset}/{cam_model}/shard-{shard}.log",
    conda:
        "../envs/torch.yaml"
    resources:
        **gpu_job(mem_mb=8000, runtime=30),
    params:
        shard=images.gpu_shard,
        code=code_of("compute_cams.py"),
    message:
        "Compute CAMs of symmetry model {wildcards.cam_model} on {wildcards.dataset}, shard {wildcards.shard}"
    script:
        "../workflow_scripts/compute_cams.py"


use rule join_hair as join_cams with:
    input:
        shards=images.every_gpu_shard("results/{protocol}/cams/{dataset}/{cam_model}/shard-{shard}/cams.parquet"),
    output:
        joined="results/{protocol}/cams/{dataset}/{cam_model}/cams.parquet",
    log:
        "logs/join_cams/{protocol}/{dataset}/{cam_model}.log",
    message:
        "Join the CAMs of symmetry model {wildcards.cam_model} on {wildcards.dataset}"


# Maps of the sham controls, in tables of the same format; `malignancy` has a network, whose CAMs are computed above.
rule make_sham_cams:
    input:
        unpack(networks.masks_of_sham),
        # For the images, variants and map size.
        cams="results/{protocol}/cams/{dataset}/none/cams.parquet",
        splits="results/{protocol}/splits/{dataset}.parquet",
        groups="results/lesions/groups.parquet",
    output:
        cams="results/{protocol}/cams/{dataset}/{sham}/cams.parquet",
    log:
        "logs/make_sham_cams/{protocol}/{dataset}/{sham}.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=4000, runtime=10),
    params:
        seed=config["split"]["seed"],
        code=code_of("make_sham_cams.py"),
    message:
        "Make the CAMs of sham control {wildcards.sham} on {wildcards.dataset}"
    script:
        "../workflow_scripts/make_sham_cams.py"


# Maps of the oracle controls, which tell an image's true class; of the data sets that networks of controls see.
rule make_oracle_cams:
    input:
        # For the images, variants and map size.
        cams="results/{protocol}/cams/{dataset}/none/cams.parquet",
        index="results/data/{dataset}/index.parquet",
    output:
        cams="results/{protocol}/cams/{dataset}/{oracle}/cams.parquet",
    log:
        "logs/make_oracle_cams/{protocol}/{dataset}/{oracle}.log",
    wildcard_constraints:
        dataset="|".join(study.controlled_sets),
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=4000, runtime=10),
    params:
        classes=study.declarations[study.lesion_set].classes,
        seed=config["split"]["seed"],
        code=code_of("make_oracle_cams.py"),
    message:
        "Make the CAMs of oracle control {wildcards.oracle} on {wildcards.dataset}"
    script:
        "../workflow_scripts/make_oracle_cams.py"
