# Masks of every image of every data set by the best architecture, its network or its ensemble: lesion areas and LAE
# boxes (figure 3). As pictures they lie in results/<protocol>/masks/<dataset>/{seg,lae}, which no rule declares.


rule predict_masks:
    input:
        unpack(images.packed_shards),
        selected="results/{protocol}/segmentation/selected.json",
        # Encoder and input, which are all that matters here, are those of every architecture.
        settings=networks.mask_settings,
        models=networks.segmentation_files("best.pt"),
        lesions=images.lesions,
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
        settings={"factor": config["lae"]["factor"], "flips": study.flips},
        shard=images.gpu_shard,
        networks=networks.segmentation_networks,
        code=code_of("predict_masks.py"),
    message:
        "Predict the lesion masks of {wildcards.dataset}, shard {wildcards.shard}"
    script:
        "../workflow_scripts/predict_masks.py"


use rule join_hair as join_masks with:
    input:
        shards=images.every_gpu_shard("results/{protocol}/masks/{dataset}/shard-{shard}/manifest.parquet"),
    output:
        joined="results/{protocol}/masks/{dataset}/manifest.parquet",
    log:
        "logs/join_masks/{protocol}/{dataset}.log",
    message:
        "Join the masks of {wildcards.dataset}"
