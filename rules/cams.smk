# Grad-CAM++ of the symmetry models, cached once for every image and variant that the lesion stage sees.


rule compute_cams:
    input:
        unpack(lambda wildcards: masks_for(wildcards.mask, wildcards.protocol, wildcards.dataset)),
        **packed("{dataset}"),
        splits="results/{protocol}/splits/{dataset}.parquet",
        settings=lambda wildcards: settings_of("symmetry", wildcards.protocol, wildcards.mask),
        models=expand(
            "results/{protocol}/symmetry/{mask}/fold-{fold}/best.pt", fold=FOLDS["symmetry"], allow_missing=True
        ),
        predictions=expand(
            "results/{protocol}/symmetry/{mask}/fold-{fold}/predictions/test.parquet",
            fold=FOLDS["symmetry"],
            allow_missing=True,
        ),
        code=code_of("compute_cams.py"),
    output:
        cams="results/{protocol}/cams/{dataset}/{mask}/cams.parquet",
    log:
        "logs/compute_cams/{protocol}/{dataset}/{mask}.log",
    benchmark:
        "benchmarks/compute_cams/{protocol}/{dataset}/{mask}.tsv"
    conda:
        "../envs/torch.yaml"
    resources:
        **gpu_job(mem_mb=8000, runtime=120),
    message:
        "Compute Grad-CAM++ of symmetry model {wildcards.mask} on {wildcards.dataset}"
    script:
        "../workflow_scripts/compute_cams.py"
