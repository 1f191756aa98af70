# Index each data set in its native layout: one row an image, and what was rejected and why.


rule index_dataset:
    input:
        labels=label_tables,
        code=code_of("index_dataset.py"),
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
        **cpu_job(mem_mb=2000, runtime=60),
    params:
        source=source_settings,
    message:
        "Index {wildcards.dataset}"
    script:
        "../workflow_scripts/index_dataset.py"
