# External sets beyond the first, which the training jobs predict: their predictions by the first data set's lesion
# networks, evaluation, comparisons of cells, and the tables of each.

from selcn.report.tables.data_sets import EXTERNAL_TABLES
from selcn.workflow.inputs.trained import files_of, lesion_networks

EXTERNAL_NETWORKS = lesion_networks(study, study.cells)
EXTERNAL_CELLS = [f"results/{{protocol}}/lesion/{study.lesion_set}/{cell}" for cell in study.cells]
EXTERNAL_EVALUATIONS = [f"{folder}/external-{{external}}.json" for folder in EXTERNAL_CELLS]


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


rule measure_skin:
    input:
        unpack(results.skin_images),
    output:
        skin="results/{protocol}/skin/{external}.parquet",
    log:
        "logs/measure_skin/{protocol}/{external}.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=60),
    params:
        code=code_of("measure_skin.py"),
    message:
        "Estimate the skin tones of {wildcards.external}"
    script:
        "../workflow_scripts/measure_skin.py"


# One job a set: a job a cell would read each index and skin table again, and their number would grow with sets times cells.
rule evaluate_external:
    input:
        external=files_of(EXTERNAL_NETWORKS, "predictions/{external}.parquet"),
        validation=files_of(EXTERNAL_NETWORKS, "predictions/validation.parquet"),
        training_ids=files_of(EXTERNAL_NETWORKS, "training_ids.parquet"),
        groups="results/lesions/groups.parquet",
        index="results/data/{external}/index.parquet",
        patients=PATIENT_INDICES,
        skin=results.skin_of,
        # Whether a cell failed.
        metrics=[f"{folder}/metrics.json" for folder in EXTERNAL_CELLS],
    output:
        metrics=EXTERNAL_EVALUATIONS,
        comparisons="results/{protocol}/comparisons/external-{external}.parquet",
    log:
        "logs/evaluate_external/{protocol}/{external}.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=8000, runtime=240),
    params:
        **config["comparisons"],
        evaluation=results.external_settings,
        patients=study.patient_sets,
        cells=study.cells,
        networks=EXTERNAL_NETWORKS,
        code=code_of("evaluate_external.py"),
    message:
        "Evaluate and compare lesion cells on {wildcards.external}"
    script:
        "../workflow_scripts/evaluate_external.py"


rule write_external_table:
    input:
        metrics=EXTERNAL_EVALUATIONS,
        comparisons="results/{protocol}/comparisons/external-{external}.parquet",
        summary="results/data/{external}/summary.json",
    output:
        csv=[f"results/{{protocol}}/tables/{table}-{{external}}.csv" for table in EXTERNAL_TABLES],
        md=[f"results/{{protocol}}/tables/{table}-{{external}}.md" for table in EXTERNAL_TABLES],
        html=[
            report(
                f"results/{{protocol}}/tables/{table}-{{external}}.html",
                **marked("external", "external", "Tables", table=f"{{external}}: {title}"),
            )
            for table, title in EXTERNAL_TABLES.items()
        ],
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
        shown=study.cells_by_mask.get("none", []),
        remarks=results.remarks("lesion"),
        code=code_of("write_external_table.py"),
    message:
        "Write the tables of {wildcards.external}"
    script:
        "../workflow_scripts/write_external_table.py"
