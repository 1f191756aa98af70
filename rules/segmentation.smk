# Train and compare the segmentation networks (section 4.1.1); table 5 and the choice of the best architecture.

SEGMENTATION_FOLD = "results/{protocol}/segmentation/{architecture}/fold-{segmentation_fold}"
SEGMENTATION_ENSEMBLE = "results/{protocol}/segmentation/{architecture}-ensemble"
# Images, true masks, splits and settings for training and evaluation.
SEGMENTATION_INPUT = {
    **images.packed(study.segmentation_set),
    "truth": images.true_masks(study.segmentation_set),
    "splits": f"results/{{protocol}}/splits/{study.segmentation_set}.parquet",
    "settings": networks.segmentation_settings,
}


rule train_segmentation:
    input:
        **SEGMENTATION_INPUT,
        weights=networks.encoder_weights,
    output:
        model=f"{SEGMENTATION_FOLD}/best.pt",
        history=f"{SEGMENTATION_FOLD}/history.csv",
        training_ids=f"{SEGMENTATION_FOLD}/training_ids.parquet",
    log:
        "logs/train_segmentation/{protocol}/{architecture}/fold-{segmentation_fold}.log",
    conda:
        "../envs/torch.yaml"
    threads: config["segmentation"]["training"]["torch_threads"]
    resources:
        **gpu_job(mem_mb=16000, runtime=60),
    params:
        code=code_of("train_segmentation.py"),
    message:
        "Train {wildcards.architecture}, fold {wildcards.segmentation_fold}"
    script:
        "../workflow_scripts/train_segmentation.py"


rule count_pixels:
    input:
        **SEGMENTATION_INPUT,
        models=[f"{SEGMENTATION_FOLD}/best.pt"],
    output:
        counts=f"{SEGMENTATION_FOLD}/counts.parquet",
    log:
        "logs/count_pixels/{protocol}/{architecture}/fold-{segmentation_fold}.log",
    conda:
        "../envs/torch.yaml"
    resources:
        **gpu_job(mem_mb=8000, runtime=20),
    params:
        fold=networks.segmentation_fold,
        subsets=["validation", "test"],
        flips=False,
        code=code_of("count_pixels.py"),
    message:
        "Count the correct and wrong pixels of {wildcards.architecture}, fold {wildcards.segmentation_fold}"
    script:
        "../workflow_scripts/count_pixels.py"


rule evaluate_segmentation:
    input:
        counts=f"{SEGMENTATION_FOLD}/counts.parquet",
    output:
        metrics=f"{SEGMENTATION_FOLD}/metrics.json",
    log:
        "logs/evaluate_segmentation/{protocol}/{architecture}/fold-{segmentation_fold}.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=5),
    params:
        code=code_of("evaluate_segmentation.py"),
    message:
        "Evaluate {wildcards.architecture}, fold {wildcards.segmentation_fold}"
    script:
        "../workflow_scripts/evaluate_segmentation.py"


# The ensemble of an architecture: the mean of its networks, in addition to the single network of each fold.
if study.has_ensemble:

    # On test images only: every image of the development set was used to train some network of the ensemble.
    use rule count_pixels as count_ensemble_pixels with:
        input:
            **SEGMENTATION_INPUT,
            models=networks.ensemble_models,
        output:
            counts=f"{SEGMENTATION_ENSEMBLE}/counts.parquet",
        log:
            "logs/count_ensemble_pixels/{protocol}/{architecture}.log",
        params:
            fold=0,
            subsets=["test"],
            flips=study.flips,
            code=code_of("count_pixels.py"),
        message:
            "Count the correct and wrong pixels of the ensemble of {wildcards.architecture}"

    use rule evaluate_segmentation as evaluate_ensemble with:
        input:
            counts=f"{SEGMENTATION_ENSEMBLE}/counts.parquet",
        output:
            metrics=f"{SEGMENTATION_ENSEMBLE}/metrics.json",
        log:
            "logs/evaluate_ensemble/{protocol}/{architecture}.log",
        message:
            "Evaluate the ensemble of {wildcards.architecture}"


# By validation Dice, from the counts and not the metrics: a change of the metrics must not recompute the masks.
rule select_segmentation:
    input:
        counts=networks.counts_to_choose_by,
    output:
        selected="results/{protocol}/segmentation/selected.json",
    log:
        "logs/select_segmentation/{protocol}.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=500, runtime=5),
    params:
        networks=networks.segmentation_networks,
        code=code_of("select_segmentation.py"),
    message:
        "Select the architecture with the highest validation Dice"
    script:
        "../workflow_scripts/select_segmentation.py"
