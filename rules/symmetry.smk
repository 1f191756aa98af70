# Train and evaluate the symmetry networks (section 4.1.2): 4 models x 3 folds, tables 6a and 6b; and a sham
# control, the same network trained on malignancy. One job per model trains every fold, one after the other, each
# resumable by itself.

SYMMETRY_MODEL = "results/{protocol}/symmetry/{model}"
SYMMETRY_FOLD = f"{SYMMETRY_MODEL}/fold-{{symmetry_fold}}"


rule train_symmetry:
    input:
        unpack(networks.symmetry_inputs),
        splits=f"results/{{protocol}}/splits/{study.symmetry_set}.parquet",
        settings=networks.symmetry_settings,
        weights=networks.symmetry_weights,
        # Labels of the sham control, instead of symmetry.
        diagnoses=networks.diagnoses,
    output:
        models=expand(f"{SYMMETRY_FOLD}/best.pt", symmetry_fold=study.folds["symmetry"], allow_missing=True),
        histories=expand(f"{SYMMETRY_FOLD}/history.csv", symmetry_fold=study.folds["symmetry"], allow_missing=True),
        training_ids=expand(
            f"{SYMMETRY_FOLD}/training_ids.parquet", symmetry_fold=study.folds["symmetry"], allow_missing=True
        ),
        validation=expand(
            f"{SYMMETRY_FOLD}/predictions/validation.parquet",
            symmetry_fold=study.folds["symmetry"],
            allow_missing=True,
        ),
        test=expand(
            f"{SYMMETRY_FOLD}/predictions/test.parquet", symmetry_fold=study.folds["symmetry"], allow_missing=True
        ),
    log:
        "logs/train_symmetry/{protocol}/{model}.log",
    conda:
        "../envs/torch.yaml"
    threads: config["symmetry"]["training"]["torch_threads"]
    resources:
        **gpu_job(mem_mb=8000, runtime=30),
    params:
        code=code_of("train_symmetry.py"),
    message:
        "Train symmetry model {wildcards.model}"
    script:
        "../workflow_scripts/train_symmetry.py"


rule evaluate_symmetry:
    input:
        validation=expand(
            f"{SYMMETRY_FOLD}/predictions/validation.parquet",
            symmetry_fold=study.folds["symmetry"],
            allow_missing=True,
        ),
        test=expand(
            f"{SYMMETRY_FOLD}/predictions/test.parquet", symmetry_fold=study.folds["symmetry"], allow_missing=True
        ),
    output:
        metrics=f"{SYMMETRY_MODEL}/metrics.json",
    log:
        "logs/evaluate_symmetry/{protocol}/{model}.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=5),
    params:
        code=code_of("evaluate_symmetry.py"),
    message:
        "Evaluate symmetry model {wildcards.model}"
    script:
        "../workflow_scripts/evaluate_symmetry.py"
