# Split each data set into a test set and a development set with folds, and balance the latter: one table, no copies of
# files.


rule split_by_image:
    input:
        index="results/data/{dataset}/index.parquet",
    output:
        splits="results/{protocol}/splits/{dataset}.parquet",
    log:
        "logs/split_by_image/{protocol}/{dataset}.log",
    wildcard_constraints:
        protocol="thesis",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=10),
    params:
        settings=images.split_settings,
        code=code_of("split_by_image.py"),
    message:
        "Split {wildcards.dataset} by image"
    script:
        "../workflow_scripts/split_by_image.py"


# The lesions of all data sets together, and where patients are known the patients. If two data sets have images of the
# same lesion or patient, the later follows the earlier.
rule assign_lesions:
    input:
        indices=expand("results/data/{dataset}/index.parquet", dataset=study.datasets),
        groups="results/lesions/groups.parquet",
    output:
        lesions="results/{protocol}/lesions.parquet",
    log:
        "logs/assign_lesions/{protocol}.log",
    wildcard_constraints:
        protocol="leakfree",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=2000, runtime=10),
    params:
        settings={
            "folds": {dataset: split["folds"] for dataset, split in study.splits.items() if split["folds"]},
            "segmentation": study.segmentation_set,
            "symmetry": study.symmetry_set,
            "seed": config["split"]["seed"],
            "test_share": config["split"]["test_share"],
            # Where no patient is known, all are divided by lesion.
            **({"by": config["split"]["by"]} if study.patient_sets else {}),
        },
        datasets=study.datasets,
        code=code_of("assign_lesions.py"),
    message:
        "Assign roles and folds to the lesions of all data sets"
    script:
        "../workflow_scripts/assign_lesions.py"


rule split_by_lesion:
    input:
        index="results/data/{dataset}/index.parquet",
        lesions="results/{protocol}/lesions.parquet",
    output:
        splits="results/{protocol}/splits/{dataset}.parquet",
    log:
        "logs/split_by_lesion/{protocol}/{dataset}.log",
    wildcard_constraints:
        protocol="leakfree",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=10),
    params:
        settings=images.lesion_split_settings,
        code=code_of("split_by_lesion.py"),
    message:
        "Split {wildcards.dataset} by lesion"
    script:
        "../workflow_scripts/split_by_lesion.py"
