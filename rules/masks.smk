# Segmentation masks and LAE boxes of every image of every data set (figure 3), by the best architecture's network or
# ensemble. Image files are in results/<protocol>/masks/<dataset>/{seg,lae}, which are not declared outputs.


rule predict_masks:
    input:
        unpack(images.packed_shards),
        selected="results/{protocol}/segmentation/selected.json",
        # Only encoder and input are used, which are the same for every architecture.
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
        settings={"factor": config["lae"]["factor"], "empty_masks": config["empty_masks"], "flips": study.flips},
        shard=images.gpu_shard,
        networks=networks.segmentation_networks,
        code=code_of("predict_masks.py"),
    message:
        "Predict the masks of {wildcards.dataset}, shard {wildcards.shard}"
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
