# Train, apply and evaluate the lesion networks (section 4.1.3): 12 ablation cells x 4 folds on each data set of
# lesion networks, and the sham controls of the first; tables 8 to 15.

ENCODER = config["lesion"]["encoder"]
CELL = "results/{protocol}/lesion/{lesion_dataset}/{cell}"
LESION_SEED = f"{CELL}/seed-{{seed}}"
LESION_FOLD = f"{LESION_SEED}/fold-{{lesion_fold}}"


rule encode_features:
    input:
        unpack(images.encoded_images),
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
        **gpu_job(mem_mb=8000, runtime=30),
    params:
        settings={
            "encoder": ENCODER,
            "input": config["lesion"]["input"],
            "torch_threads": config["lesion"]["training"]["torch_threads"],
            "deterministic": config["gpu"]["deterministic"],
        },
        code=code_of("encode_features.py"),
    message:
        "Compute features of {wildcards.dataset}, mask {wildcards.mask}, with the frozen {ENCODER}"
    script:
        "../workflow_scripts/encode_features.py"


# One job per data set, cell and seed trains every fold, one after the other, each resumable by itself, and applies the
# networks. Their application is not part of the training's fingerprint. Each data set has its own rule, since it has
# its own further test set.
for lesion_dataset, testset in study.test_sets.items():

    rule:
        name:
            f"train_lesion_{lesion_dataset}"
        input:
            unpack(networks.training_images),
            unpack(networks.test_set_images),
            unpack(networks.scored_images),
            splits="results/{protocol}/splits/{lesion_dataset}.parquet",
            settings=networks.lesion_settings,
            weights=networks.lesion_weights,
        output:
            models=expand(f"{LESION_FOLD}/best.pt", lesion_fold=study.folds["lesion"], allow_missing=True),
            histories=expand(f"{LESION_FOLD}/history.csv", lesion_fold=study.folds["lesion"], allow_missing=True),
            training_ids=expand(
                f"{LESION_FOLD}/training_ids.parquet", lesion_fold=study.folds["lesion"], allow_missing=True
            ),
            validation=expand(
                f"{LESION_FOLD}/predictions/validation.parquet", lesion_fold=study.folds["lesion"], allow_missing=True
            ),
            test=expand(
                f"{LESION_FOLD}/predictions/test.parquet", lesion_fold=study.folds["lesion"], allow_missing=True
            ),
            testset=expand(
                f"{LESION_FOLD}/predictions/{testset}.parquet", lesion_fold=study.folds["lesion"], allow_missing=True
            ),
            cams=f"{LESION_SEED}/cams.parquet",
        log:
            "logs/train_lesion_{lesion_dataset}/{protocol}/{cell}/seed-{seed}.log",
        wildcard_constraints:
            lesion_dataset=lesion_dataset,
        conda:
            "../envs/torch.yaml"
        threads: config["lesion"]["training"]["torch_threads"]
        resources:
            **gpu_job(mem_mb=16000, runtime=240),
        params:
            testset=testset,
            classes=networks.classes,
            code=code_of("train_lesion.py"),
            training=code_of("selcn/training/lesion.py", "selcn/training/cross_validation.py"),
        message:
            "Train lesion cell {wildcards.cell} on {wildcards.lesion_dataset}, seed {wildcards.seed}"
        script:
            "../workflow_scripts/train_lesion.py"


rule evaluate_lesion:
    input:
        unpack(results.predictions_of_cell),
        unpack(results.external_subsets),
        cams=results.cams_of_first_seed,
        # Whether the symmetry model failed whose CAMs the cell is given.
        source=results.metrics_of_source,
        truth=images.true_masks(study.segmentation_set),
        rows=f"results/packed/{study.segmentation_set}/manifest.parquet",
        lesions=images.lesions,
    output:
        metrics=f"{CELL}/metrics.json",
        localisation=f"{CELL}/localisation.parquet",
        summary=f"{CELL}/localisation.json",
        cams=f"{CELL}/cams.parquet",
    log:
        "logs/evaluate_lesion/{protocol}/{lesion_dataset}/{cell}.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=4000, runtime=15),
    params:
        localisation=config["localisation"],
        networks=results.networks_of_cell,
        source=results.source_of_cell,
        testset=results.test_set_of_cell,
        code=code_of("evaluate_lesion.py"),
    message:
        "Evaluate lesion cell {wildcards.cell} on {wildcards.lesion_dataset}"
    script:
        "../workflow_scripts/evaluate_lesion.py"
