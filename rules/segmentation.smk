# Train and compare the segmentation networks (section 4.1.1); table 5 and the choice of the better one.

SEGMENTATION_FOLD = "results/{protocol}/segmentation/{architecture}/fold-0"


rule train_segmentation:
    input:
        **packed("ham10000"),
        truth="results/packed/ham10000/masks.npy",
        splits="results/{protocol}/splits/ham10000.parquet",
        settings=lambda wildcards: settings_of("segmentation", wildcards.protocol, wildcards.architecture),
        weights=encoder_weights,
        code=code_of("train_segmentation.py"),
    output:
        model=f"{SEGMENTATION_FOLD}/best.pt",
        history=f"{SEGMENTATION_FOLD}/history.csv",
        training_ids=f"{SEGMENTATION_FOLD}/training_ids.parquet",
    log:
        "logs/train_segmentation/{protocol}/{architecture}.log",
    benchmark:
        "benchmarks/train_segmentation/{protocol}/{architecture}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: config["segmentation"]["training"]["torch_threads"]
    resources:
        **gpu_job(mem_mb=16000, runtime=720),
    message:
        "Train {wildcards.architecture}"
    script:
        "../workflow_scripts/train_segmentation.py"


rule count_pixels:
    input:
        **packed("ham10000"),
        truth="results/packed/ham10000/masks.npy",
        splits="results/{protocol}/splits/ham10000.parquet",
        settings=lambda wildcards: settings_of("segmentation", wildcards.protocol, wildcards.architecture),
        model=f"{SEGMENTATION_FOLD}/best.pt",
        code=code_of("count_pixels.py"),
    output:
        counts=f"{SEGMENTATION_FOLD}/counts.parquet",
    log:
        "logs/count_pixels/{protocol}/{architecture}.log",
    conda:
        "../envs/torch.yaml"
    resources:
        **gpu_job(mem_mb=8000, runtime=60),
    message:
        "Count the right and wrong pixels of {wildcards.architecture}"
    script:
        "../workflow_scripts/count_pixels.py"


rule evaluate_segmentation:
    input:
        counts=f"{SEGMENTATION_FOLD}/counts.parquet",
        code=code_of("evaluate_segmentation.py"),
    output:
        metrics=f"{SEGMENTATION_FOLD}/metrics.json",
    log:
        "logs/evaluate_segmentation/{protocol}/{architecture}.log",
    conda:
        "../envs/images.yaml"
    resources:
        mem_mb=1000,
        runtime=5,
    message:
        "Evaluate {wildcards.architecture}"
    script:
        "../workflow_scripts/evaluate_segmentation.py"


# By validation Dice, made from the counts themselves: a change of the metrics must not set the masks in motion.
rule select_segmentation:
    input:
        counts=expand(
            "results/{protocol}/segmentation/{architecture}/fold-0/counts.parquet",
            architecture=ARCHITECTURES,
            allow_missing=True,
        ),
        code=code_of("select_segmentation.py"),
    output:
        selected="results/{protocol}/segmentation/selected.json",
    log:
        "logs/select_segmentation/{protocol}.log",
    conda:
        "../envs/images.yaml"
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Select the segmentation network with the higher validation Dice"
    script:
        "../workflow_scripts/select_segmentation.py"
