# Compare ablation cells, with confidence intervals, tests and correction for multiple comparisons, and answer the
# thesis's questions.

from selcn.workflow.inputs.tables import masks_of
from selcn.workflow.inputs.trained import files_of, lesion_networks, symmetry_networks

COMPARISONS = "results/{protocol}/comparisons"
# The test sets of subgroups: the external one is that whose predictions the training jobs write.
TEST_SETS = {study.lesion_set: "test"} | {dataset: dataset for dataset in study.roles["external"]}
# The data sets whose masked images comparisons and subgroups rest on.
COMPARED_SETS = [study.lesion_set, study.symmetry_set]
SUBGROUP_SETS = [*COMPARED_SETS, *study.roles["external"]]
# The cells and symmetry models, and the files that say whether they failed.
EVALUATED = [*study.cells, *study.masks]
EVALUATIONS = expand(
    f"results/{{protocol}}/lesion/{study.lesion_set}/{{cell}}/metrics.json", cell=study.cells, allow_missing=True
) + expand("results/{protocol}/symmetry/{mask}/metrics.json", mask=study.masks, allow_missing=True)
# Where patients are known, they are resampled instead of lesions.
PATIENT_INDICES = expand("results/data/{dataset}/index.parquet", dataset=study.patient_sets)
LESION_NETWORKS = lesion_networks(study, study.cells)
SYMMETRY_NETWORKS = symmetry_networks(study, study.masks)


rule compare_predictions:
    input:
        lesion=files_of(LESION_NETWORKS, "predictions/test.parquet"),
        symmetry=files_of(SYMMETRY_NETWORKS, "predictions/test.parquet"),
        groups="results/lesions/groups.parquet",
        patients=PATIENT_INDICES,
        metrics=EVALUATIONS,
    output:
        comparisons=f"{COMPARISONS}/predictions.parquet",
    log:
        "logs/compare_predictions/{protocol}.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=4000, runtime=60),
    params:
        **config["comparisons"],
        **study.told,
        evaluated=EVALUATED,
        patients=study.patient_sets,
        lesion=LESION_NETWORKS,
        symmetry=SYMMETRY_NETWORKS,
        code=code_of("compare_predictions.py"),
    message:
        "Compare the predictions of cells"
    script:
        "../workflow_scripts/compare_predictions.py"


rule compare_localisation:
    input:
        lesion=expand(
            f"results/{{protocol}}/lesion/{study.lesion_set}/{{cell}}/localisation.parquet",
            cell=study.cells,
            allow_missing=True,
        ),
        symmetry=expand("results/{protocol}/symmetry/{mask}/localisation.parquet", mask=study.masks, allow_missing=True),
        groups="results/lesions/groups.parquet",
        patients=PATIENT_INDICES,
        metrics=EVALUATIONS,
    output:
        comparisons=f"{COMPARISONS}/localisation.parquet",
    log:
        "logs/compare_localisation/{protocol}.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=4000, runtime=60),
    params:
        **config["comparisons"],
        **study.told,
        cells=study.cells,
        evaluated=EVALUATED,
        patients=study.patient_sets,
        symmetry_models=study.masks,
        code=code_of("compare_localisation.py"),
    message:
        "Compare the CAM localisation of cells"
    script:
        "../workflow_scripts/compare_localisation.py"


rule write_comparisons:
    input:
        predictions=f"{COMPARISONS}/predictions.parquet",
        localisation=f"{COMPARISONS}/localisation.parquet",
        masks=masks_of(COMPARED_SETS),
        metrics=EVALUATIONS,
    output:
        csv="results/{protocol}/tables/comparisons.csv",
        md="results/{protocol}/tables/comparisons.md",
        html=report("results/{protocol}/tables/comparisons.html", **marked_table("comparisons")),
        answers="results/{protocol}/tables/answers.md",
        answers_html=report("results/{protocol}/tables/answers.html", **marked_table("answers")),
    log:
        "logs/write_comparisons/{protocol}.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=5),
    params:
        **study.told,
        demo=study.demo,
        cells=study.cells,
        evaluated=EVALUATED,
        masked=COMPARED_SETS,
        symmetry_models=study.masks,
        remarks=results.remarks("lesion"),
        code=code_of("write_comparisons.py"),
    message:
        "Write the comparisons and the answers to the thesis's questions"
    script:
        "../workflow_scripts/write_comparisons.py"


rule measure_subgroups:
    input:
        **{dataset: files_of(LESION_NETWORKS, f"predictions/{file}.parquet") for dataset, file in TEST_SETS.items()},
        **{f"{dataset}_index": f"results/data/{dataset}/index.parquet" for dataset in TEST_SETS},
        splits=[f"results/{{protocol}}/splits/{dataset}.parquet" for dataset in study.roles["external"]],
        groups="results/lesions/groups.parquet",
        masks=masks_of(SUBGROUP_SETS),
        metrics=EVALUATIONS,
    output:
        csv="results/{protocol}/tables/subgroups.csv",
        md="results/{protocol}/tables/subgroups.md",
        html=report("results/{protocol}/tables/subgroups.html", **marked_table("subgroups")),
    log:
        "logs/measure_subgroups/{protocol}.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=4000, runtime=120),
    params:
        **study.told,
        demo=study.demo,
        draws=config["comparisons"]["draws"],
        evaluated=EVALUATED,
        masked=SUBGROUP_SETS,
        networks=LESION_NETWORKS,
        remarks=results.remarks("lesion"),
        seed=config["comparisons"]["seed"],
        shown=study.cells_by_mask.get("none", []),
        testsets=list(TEST_SETS),
        code=code_of("measure_subgroups.py"),
    message:
        "Evaluate predictions in subgroups of patients and images"
    script:
        "../workflow_scripts/measure_subgroups.py"
