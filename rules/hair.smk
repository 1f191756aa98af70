# Remove hair from every image (section 5.1): find it by hair.method, and inpaint it by fast marching. The clean images of
# all shards are in results/hair/<dataset>/images, not a declared output: Snakemake would delete it before each job.

from selcn.workflow.hair_method import hair_method


rule remove_hair:
    input:
        index="results/data/{dataset}/index.parquet",
    output:
        manifest="results/hair/{dataset}/shard-{shard}/manifest.parquet",
    log:
        "logs/remove_hair/{dataset}/shard-{shard}.log",
    conda:
        "../envs/images.yaml"
    threads: 2
    resources:
        **cpu_job(mem_mb=2000, runtime=60),
    params:
        **hair_method(config["hair"]),
        shard=images.shard,
        code=code_of("remove_hair.py"),
    message:
        "Remove hair from {wildcards.dataset}, shard {wildcards.shard}"
    script:
        "../workflow_scripts/remove_hair.py"


rule join_hair:
    input:
        shards=images.every_shard("results/hair/{dataset}/shard-{shard}/manifest.parquet"),
    output:
        joined="results/hair/{dataset}/manifest.parquet",
    log:
        "logs/join_hair/{dataset}.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=10),
    params:
        code=code_of("join_shards.py"),
    message:
        "Join the hair-removal manifests of {wildcards.dataset}"
    script:
        "../workflow_scripts/join_shards.py"


rule measure_hair:
    input:
        indices=expand("results/data/{dataset}/index.parquet", dataset=study.datasets),
        masks=expand("results/{protocol}/masks/{dataset}/manifest.parquet", dataset=study.datasets, allow_missing=True),
    output:
        csv="results/{protocol}/tables/hair.csv",
        md="results/{protocol}/tables/hair.md",
        html=report("results/{protocol}/tables/hair.html", **marked_table("hair")),
    log:
        "logs/measure_hair/{protocol}.log",
    conda:
        "../envs/report.yaml"
    threads: 2
    resources:
        **cpu_job(mem_mb=2000, runtime=60),
    params:
        **hair_method(config["hair"]),
        **study.told,
        pack=config["pack"],
        datasets=study.datasets,
        demo=study.demo,
        code=code_of("measure_hair.py"),
    message:
        "Measure how much hair removal replaced"
    script:
        "../workflow_scripts/measure_hair.py"
