# External sets beyond the first, which the training jobs predict: their predictions by the first data set's lesion
# networks, evaluation, and a table of each.


wildcard_constraints:
    external="|".join(study.further_sets),


rule predict_external:
    input:
        unpack(networks.external_images),
        splits="results/{protocol}/splits/{external}.parquet",
        settings=networks.lesion_settings,
        models=expand(f"{LESION_FOLD}/best.pt", lesion_fold=study.folds["lesion"], allow_missing=True),
    output:
        predictions=expand(
            f"{LESION_FOLD}/predictions/{{external}}.parquet", lesion_fold=study.folds["lesion"], allow_missing=True
        ),
    log:
        "logs/predict_external/{protocol}/{lesion_dataset}/{cell}/seed-{seed}/{external}.log",
    wildcard_constraints:
        lesion_dataset=study.lesion_set,
    conda:
        "../envs/torch.yaml"
    threads: config["lesion"]["training"]["torch_threads"]
    resources:
        **gpu_job(mem_mb=8000, runtime=30),
    params:
        classes=networks.classes,
        code=code_of("predict_external.py"),
    message:
        "Predict {wildcards.external} by lesion cell {wildcards.cell}, seed {wildcards.seed}"
    script:
        "../workflow_scripts/predict_external.py"


rule evaluate_external:
    input:
        external=results.external_of_cell,
        validation=results.validation_of_cell,
        training_ids=results.training_ids_of_cell,
        groups="results/lesions/groups.parquet",
        # Whether the cell failed.
        metrics=f"{CELL}/metrics.json",
    output:
        metrics=f"{CELL}/external-{{external}}.json",
    log:
        "logs/evaluate_external/{protocol}/{lesion_dataset}/{cell}/{external}.log",
    wildcard_constraints:
        lesion_dataset=study.lesion_set,
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=4000, runtime=15),
    params:
        code=code_of("evaluate_external.py"),
    message:
        "Evaluate lesion cell {wildcards.cell} on {wildcards.external}"
    script:
        "../workflow_scripts/evaluate_external.py"


rule write_external_table:
    input:
        metrics=[
            f"results/{{protocol}}/lesion/{study.lesion_set}/{cell}/external-{{external}}.json" for cell in study.cells
        ],
        summary="results/data/{external}/summary.json",
    output:
        csv="results/{protocol}/tables/external-{external}.csv",
        md="results/{protocol}/tables/external-{external}.md",
        html=report(
            "results/{protocol}/tables/external-{external}.html",
            **marked("external", "external", "Tables", table="{external}: Lesions"),
        ),
    log:
        "logs/write_external_table/{protocol}/{external}.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=500, runtime=5),
    params:
        **study.told,
        demo=study.demo,
        cells=study.cells,
        remarks=results.remarks("lesion"),
        code=code_of("write_external_table.py"),
    message:
        "Write the table of {wildcards.external}"
    script:
        "../workflow_scripts/write_external_table.py"
