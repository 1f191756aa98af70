# Decode every image and mask once, at the networks' input size, into arrays that later stages map into memory.


rule pack_dataset:
    input:
        index="results/data/{dataset}/index.parquet",
        hair="results/hair/{dataset}/manifest.parquet",
        code=code_of("pack_dataset.py"),
    output:
        images="results/packed/{dataset}/images.npy",
        masks="results/packed/{dataset}/masks.npy",
        manifest="results/packed/{dataset}/manifest.parquet",
        packed="results/packed/{dataset}/packed.json",
    log:
        "logs/pack_dataset/{dataset}.log",
    benchmark:
        "benchmarks/pack_dataset/{dataset}.tsv"
    conda:
        "../envs/images.yaml"
    threads: 2
    resources:
        **cpu_job(mem_mb=2000, runtime=120),
    params:
        settings=config["pack"],
    message:
        "Pack {wildcards.dataset}"
    script:
        "../workflow_scripts/pack_dataset.py"
