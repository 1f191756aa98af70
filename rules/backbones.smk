# Compare backbones of the symmetry network (section 4.1.2), one job per backbone, which trains every fold on
# unmasked images.

from selcn.workflow.inputs.trained import backbone_networks, files_of

BACKBONE = "results/{protocol}/backbones/{backbone}"
BACKBONE_FOLD = f"{BACKBONE}/fold-{{symmetry_fold}}"


rule train_backbone:
    input:
        **images.packed(study.symmetry_set),
        splits=f"results/{{protocol}}/splits/{study.symmetry_set}.parquet",
        settings="results/{protocol}/settings/backbones.yaml",
        weights="results/weights/{backbone}.safetensors",
    output:
        models=expand(f"{BACKBONE_FOLD}/best.pt", symmetry_fold=study.folds["symmetry"], allow_missing=True),
        histories=expand(f"{BACKBONE_FOLD}/history.csv", symmetry_fold=study.folds["symmetry"], allow_missing=True),
        training_ids=expand(
            f"{BACKBONE_FOLD}/training_ids.parquet", symmetry_fold=study.folds["symmetry"], allow_missing=True
        ),
        validation=expand(
            f"{BACKBONE_FOLD}/predictions/validation.parquet",
            symmetry_fold=study.folds["symmetry"],
            allow_missing=True,
        ),
        test=expand(
            f"{BACKBONE_FOLD}/predictions/test.parquet", symmetry_fold=study.folds["symmetry"], allow_missing=True
        ),
    log:
        "logs/train_backbone/{protocol}/{backbone}.log",
    conda:
        "../envs/torch.yaml"
    threads: config["symmetry"]["training"]["torch_threads"]
    resources:
        **gpu_job(mem_mb=8000, runtime=30),
    params:
        code=code_of("train_backbone.py"),
    message:
        "Train the symmetry network with backbone {wildcards.backbone}"
    script:
        "../workflow_scripts/train_backbone.py"


rule evaluate_backbone:
    input:
        validation=expand(
            f"{BACKBONE_FOLD}/predictions/validation.parquet",
            symmetry_fold=study.folds["symmetry"],
            allow_missing=True,
        ),
        test=expand(
            f"{BACKBONE_FOLD}/predictions/test.parquet", symmetry_fold=study.folds["symmetry"], allow_missing=True
        ),
    output:
        metrics=f"{BACKBONE}/metrics.json",
    log:
        "logs/evaluate_backbone/{protocol}/{backbone}.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=5),
    params:
        code=code_of("evaluate_symmetry.py"),
    message:
        "Evaluate the symmetry network with backbone {wildcards.backbone}"
    script:
        "../workflow_scripts/evaluate_symmetry.py"


# From the predictions, not the metrics: a change of the metrics must not retrain the symmetry models.
rule select_backbone:
    input:
        predictions=files_of(backbone_networks(study), "predictions/validation.parquet"),
    output:
        selected="results/{protocol}/backbones/selected.json",
    log:
        "logs/select_backbone/{protocol}.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=500, runtime=5),
    params:
        networks=backbone_networks(study),
        code=code_of("select_backbone.py"),
    message:
        "Select the backbone with the highest validation balanced accuracy"
    script:
        "../workflow_scripts/select_backbone.py"


# Separate from the thesis's tables: the thesis has no values for this comparison.
rule write_backbone_table:
    input:
        metrics=expand(f"{BACKBONE}/metrics.json", backbone=study.backbones, allow_missing=True),
        summaries=expand("results/data/{dataset}/summary.json", dataset=[study.symmetry_set]),
        selected="results/{protocol}/backbones/selected.json" if study.selects_backbone else [],
    output:
        csv="results/{protocol}/tables/table-backbones.csv",
        md="results/{protocol}/tables/table-backbones.md",
        html=report("results/{protocol}/tables/table-backbones.html", **marked_table("backbones")),
    log:
        "logs/write_backbone_table/{protocol}.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=500, runtime=5),
    params:
        **study.told,
        demo=study.demo,
        remarks=config["remarks"],
        backbones=study.backbones,
        datasets=[study.symmetry_set],
        random=[name for name in study.backbones if config["weights"][name] == "random"],
        code=code_of("write_backbone_table.py"),
    message:
        "Write the backbone table"
    script:
        "../workflow_scripts/write_backbone_table.py"
