# Split each data set into test set, pool and folds, and balance the pool: one table, never copies of files.

# HAM10000 alone is balanced; SymDerm and ISIC2016 rely on the weighted loss, ISIC2019 is only evaluated on.
SPLITS = {
    "ham10000": {"folds": config["lesion"]["folds"], "balance": True},
    "symderm": {"folds": config["symmetry"]["folds"], "balance": False},
    "isic2019": {"folds": 0, "balance": False},
    "isic2016": {"folds": config["lesion"]["folds"], "balance": False},
}


rule split_dataset:
    input:
        index="results/data/{dataset}/index.parquet",
        code=code_of("split_dataset.py"),
    output:
        splits="results/{protocol}/splits/{dataset}.parquet",
    log:
        "logs/split_dataset/{protocol}/{dataset}.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=10),
    params:
        settings=lambda wildcards: {"protocol": wildcards.protocol, **config["split"], **SPLITS[wildcards.dataset]},
    message:
        "Split {wildcards.dataset} as the {wildcards.protocol} protocol does"
    script:
        "../workflow_scripts/split_dataset.py"
