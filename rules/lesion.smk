# Train, apply and evaluate the lesion networks (section 4.1.3): 12 cells x 4 folds on HAM10000 and on ISIC2016, and the
# shams that stand beside them.

ENCODER = config["lesion"]["encoder"]
FROZEN = config["lesion"]["freeze_encoder"]


rule encode_features:
    input:
        unpack(lambda wildcards: packed(wildcards.dataset)),
        unpack(lambda wildcards: masks_for(wildcards.mask, wildcards.protocol, wildcards.dataset)),
        splits="results/{protocol}/splits/{dataset}.parquet",
        weights=f"results/weights/{ENCODER}.safetensors",
    output:
        features="results/{protocol}/features/{dataset}/{mask}/features.npy",
        manifest="results/{protocol}/features/{dataset}/{mask}/manifest.parquet",
    log:
        "logs/encode_features/{protocol}/{dataset}/{mask}.log",
    conda:
        "../envs/torch.yaml"
    resources:
        **gpu_job(mem_mb=8000, runtime=120),
    params:
        settings={
            "encoder": ENCODER,
            "input": config["lesion"]["input"],
            "torch_threads": config["lesion"]["training"]["torch_threads"],
        },
        code=code_of("encode_features.py"),
    message:
        "Encode {wildcards.dataset}, mask {wildcards.mask}, with the frozen {ENCODER}"
    script:
        "../workflow_scripts/encode_features.py"


rule train_lesion:
    input:
        unpack(lambda wildcards: lesion_input(wildcards.cell, wildcards.protocol, wildcards.lesion_dataset)),
        splits="results/{protocol}/splits/{lesion_dataset}.parquet",
        settings=lambda wildcards: settings_of("lesion", wildcards.protocol, wildcards.cell),
        weights=[] if FROZEN else f"results/weights/{ENCODER}.safetensors",
    output:
        model=f"{LESION_FOLD}/best.pt",
        history=f"{LESION_FOLD}/history.csv",
        training_ids=f"{LESION_FOLD}/training_ids.parquet",
        validation=f"{LESION_FOLD}/predictions/validation.parquet",
        test=f"{LESION_FOLD}/predictions/test.parquet",
    log:
        "logs/train_lesion/{protocol}/{lesion_dataset}/{cell}/seed-{seed}_fold-{lesion_fold}.log",
    conda:
        "../envs/torch.yaml"
    threads: config["lesion"]["training"]["torch_threads"]
    resources:
        **gpu_job(mem_mb=16000, runtime=720),
    params:
        code=code_of("train_lesion.py"),
    message:
        "Train lesion cell {wildcards.cell} on {wildcards.lesion_dataset}, fold {wildcards.lesion_fold}"
    script:
        "../workflow_scripts/train_lesion.py"


rule predict_lesion:
    input:
        unpack(lambda wildcards: lesion_input(wildcards.cell, wildcards.protocol, testset_dataset(wildcards.testset))),
        splits=lambda wildcards: f"results/{wildcards.protocol}/splits/{testset_dataset(wildcards.testset)}.parquet",
        settings=lambda wildcards: settings_of("lesion", wildcards.protocol, wildcards.cell),
        models=expand(f"{LESION_FOLD}/best.pt", lesion_fold=FOLDS["lesion"], allow_missing=True),
    output:
        predictions=expand(
            f"{LESION_FOLD}/predictions/{{testset}}.parquet", lesion_fold=FOLDS["lesion"], allow_missing=True
        ),
    log:
        "logs/predict_lesion/{protocol}/{lesion_dataset}/{cell}/seed-{seed}_{testset}.log",
    conda:
        "../envs/torch.yaml"
    resources:
        **gpu_job(mem_mb=8000, runtime=240),
    params:
        code=code_of("predict_lesion.py"),
    message:
        "Predict {wildcards.testset} with lesion cell {wildcards.cell}, seed {wildcards.seed}"
    script:
        "../workflow_scripts/predict_lesion.py"


rule evaluate_lesion:
    input:
        unpack(isic2019_lines),
        predictions=lambda wildcards: [
            path
            for subset in ("validation", "test", LESION_DATASETS[wildcards.lesion_dataset])
            for path in fold_files_of_cell(f"predictions/{subset}.parquet")(wildcards)
        ],
    output:
        metrics=f"{CELL}/metrics.json",
    log:
        "logs/evaluate_lesion/{protocol}/{lesion_dataset}/{cell}.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=2000, runtime=10),
    params:
        code=code_of("evaluate_lesion.py"),
    message:
        "Evaluate lesion cell {wildcards.cell} of {wildcards.lesion_dataset}"
    script:
        "../workflow_scripts/evaluate_lesion.py"


rule compute_lesion_cams:
    input:
        unpack(lambda wildcards: lesion_input(wildcards.cell, wildcards.protocol, "ham10000")),
        settings=lambda wildcards: settings_of("lesion", wildcards.protocol, wildcards.cell),
        models=files_of_first_seed("best.pt"),
        # What the best fold is chosen by: test accuracy, as in the thesis, or validation loss.
        predictions=branch(
            lambda wildcards: wildcards.protocol == "thesis", then=files_of_first_seed("predictions/test.parquet")
        ),
        histories=branch(lambda wildcards: wildcards.protocol == "leakfree", then=files_of_first_seed("history.csv")),
        lesions=lesions_of,
    output:
        cams=f"{CELL}/cams.parquet",
    log:
        "logs/compute_lesion_cams/{protocol}/{lesion_dataset}/{cell}.log",
    conda:
        "../envs/torch.yaml"
    resources:
        **gpu_job(mem_mb=8000, runtime=240),
    params:
        code=code_of("compute_lesion_cams.py"),
    message:
        "Compute Grad-CAM++ of lesion cell {wildcards.cell} of {wildcards.lesion_dataset} on HAM10000"
    script:
        "../workflow_scripts/compute_lesion_cams.py"
