# Index each data set in its native layout: one row per image, and the rejected images with reasons. Also the diagnoses
# of the symmetry set's images.


rule index_dataset:
    input:
        labels=images.label_tables,
    output:
        index="results/data/{dataset}/index.parquet",
        rejected="results/data/{dataset}/rejected.csv",
        summary="results/data/{dataset}/summary.json",
    log:
        "logs/index_dataset/{dataset}.log",
    conda:
        "../envs/images.yaml"
    threads: 2
    resources:
        **cpu_job(mem_mb=2000, runtime=30),
    params:
        source=images.source_settings,
        code=code_of("index_dataset.py"),
    message:
        "Index {wildcards.dataset}"
    script:
        "../workflow_scripts/index_dataset.py"


# Labels for the sham control `malignancy`: the symmetry set has no diagnoses, but the data set that it shares images with
# has them.
rule read_diagnoses:
    input:
        labels=images.symmetry_label_tables,
        index=f"results/data/{study.symmetry_set}/index.parquet",
    output:
        diagnoses=f"results/data/{study.symmetry_set}/diagnoses.parquet",
    log:
        "logs/read_diagnoses.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=500, runtime=5),
    params:
        source=images.symmetry_source,
        code=code_of("read_diagnoses.py"),
    message:
        f"Read the diagnoses of the images of {study.symmetry_set}"
    script:
        "../workflow_scripts/read_diagnoses.py"
