# Masks of every image of every data set by the best architecture, its network or its ensemble: lesion areas and LAE
# boxes (figure 3). As pictures they lie in results/<protocol>/masks/<dataset>/{seg,lae}, which no rule declares.


rule predict_masks:
    input:
        unpack(packed_shards),
        selected="results/{protocol}/segmentation/selected.json",
        # Encoder and input, which are all that matters here, are those of every architecture.
        settings=lambda wildcards: settings_of("segmentation", wildcards.protocol, ARCHITECTURES[0]),
        models=lambda wildcards: segmentation_files(wildcards, "best.pt"),
        lesions=lesions_of,
    output:
        manifest="results/{protocol}/masks/{dataset}/shard-{shard}/manifest.parquet",
        masks="results/{protocol}/masks/{dataset}/shard-{shard}/masks.npy",
    log:
        "logs/predict_masks/{protocol}/{dataset}/shard-{shard}.log",
    conda:
        "../envs/torch.yaml"
    resources:
        **gpu_job(mem_mb=8000, runtime=60),
    params:
        settings={"factor": config["lae"]["factor"], "flips": FLIPS},
        shard=gpu_shard_of_job,
        code=code_of("predict_masks.py"),
    message:
        "Predict the lesion masks of {wildcards.dataset}, shard {wildcards.shard}"
    script:
        "../workflow_scripts/predict_masks.py"


use rule join_hair as join_masks with:
    input:
        shards=lambda wildcards: of_shards(
            f"results/{wildcards.protocol}/masks/{wildcards.dataset}/shard-{{shard}}/manifest.parquet",
            wildcards.dataset,
            GPU_SHARDS,
        ),
    output:
        joined="results/{protocol}/masks/{dataset}/manifest.parquet",
    log:
        "logs/join_masks/{protocol}/{dataset}.log",
    message:
        "Join the masks of {wildcards.dataset}"
