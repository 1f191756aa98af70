# Decode every image and mask once, into packed arrays that later stages read row by row.


rule pack_dataset:
    input:
        index="results/data/{dataset}/index.parquet",
        hair="results/hair/{dataset}/shard-{shard}/manifest.parquet",
    output:
        images="results/packed/{dataset}/shard-{shard}/images.npy",
        masks="results/packed/{dataset}/shard-{shard}/masks.npy",
        manifest="results/packed/{dataset}/shard-{shard}/manifest.parquet",
    log:
        "logs/pack_dataset/{dataset}/shard-{shard}.log",
    conda:
        "../envs/images.yaml"
    threads: 2
    resources:
        **cpu_job(mem_mb=2000, runtime=30),
    params:
        settings=config["pack"],
        shard=images.shard,
        code=code_of("pack_dataset.py"),
    message:
        "Pack {wildcards.dataset}, shard {wildcards.shard}"
    script:
        "../workflow_scripts/pack_dataset.py"


use rule join_hair as join_packed with:
    input:
        shards=images.every_shard("results/packed/{dataset}/shard-{shard}/manifest.parquet"),
    output:
        joined="results/packed/{dataset}/manifest.parquet",
    log:
        "logs/join_packed/{dataset}.log",
    message:
        "Join the packed shards of {wildcards.dataset}"
