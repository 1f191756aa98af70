# Remove the hair from every image (section 5.1): black-hat, threshold, fast-marching inpainting.


rule remove_hair:
    input:
        index="results/data/{dataset}/index.parquet",
        code=code_of("remove_hair.py"),
    output:
        images=directory("results/hair/{dataset}/images"),
        manifest="results/hair/{dataset}/manifest.parquet",
    log:
        "logs/remove_hair/{dataset}.log",
    benchmark:
        "benchmarks/remove_hair/{dataset}.tsv"
    conda:
        "../envs/images.yaml"
    threads: 2
    resources:
        **cpu_job(mem_mb=2000, runtime=240),
    params:
        settings=config["hair"],
    message:
        "Remove hair from {wildcards.dataset}"
    script:
        "../workflow_scripts/remove_hair.py"
