# Lesions over all data sets together, near-duplicates that no id reveals, and the audit: who had seen what.


rule find_duplicates:
    input:
        rows=expand("results/packed/{dataset}/manifest.parquet", dataset=DATASETS),
        images=[path for dataset in DATASETS for path in packed(dataset)["images"]],
    output:
        pairs="results/lesions/pairs.parquet",
    log:
        "logs/find_duplicates.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=4000, runtime=60),
    params:
        **config["duplicates"],
        code=code_of("find_duplicates.py"),
    message:
        "Find near-duplicates among all data sets"
    script:
        "../workflow_scripts/find_duplicates.py"


rule draw_duplicates:
    input:
        pairs="results/lesions/pairs.parquet",
        indices=expand("results/data/{dataset}/index.parquet", dataset=DATASETS),
        rows=expand("results/packed/{dataset}/manifest.parquet", dataset=DATASETS),
        images=[path for dataset in DATASETS for path in packed(dataset)["images"]],
    output:
        figure="results/lesions/near-duplicates.png",
    log:
        "logs/draw_duplicates.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=2000, runtime=10),
    params:
        demo=bool(config["demo"]),
        code=code_of("draw_duplicates.py"),
    message:
        "Draw the nearest near-duplicates"
    script:
        "../workflow_scripts/draw_duplicates.py"


rule group_lesions:
    input:
        indices=expand("results/data/{dataset}/index.parquet", dataset=DATASETS),
        pairs="results/lesions/pairs.parquet",
    output:
        groups="results/lesions/groups.parquet",
    log:
        "logs/group_lesions.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=2000, runtime=10),
    params:
        code=code_of("group_lesions.py"),
    message:
        "Group the images of each lesion over all data sets"
    script:
        "../workflow_scripts/group_lesions.py"


rule audit_leaks:
    input:
        groups="results/lesions/groups.parquet",
        pairs="results/lesions/pairs.parquet",
        splits=expand("results/{protocol}/splits/{dataset}.parquet", dataset=DATASETS, allow_missing=True),
        selected="results/{protocol}/segmentation/selected.json",
        trained=trained_models,
        masks=expand("results/{protocol}/masks/{dataset}/manifest.parquet", dataset=DATASETS, allow_missing=True),
        counts=lambda wildcards: segmentation_files(wildcards, "counts.parquet"),
        cams=expand("results/{protocol}/cams/{cams}/cams.parquet", cams=CAMS, allow_missing=True),
        lesion_cams=[
            path
            for dataset, cells in CELLS_OF.items()
            for path in expand(f"{CELL}/cams.parquet", lesion_dataset=dataset, cell=cells, allow_missing=True)
        ],
        predictions=all_predictions,
    output:
        csv="results/{protocol}/tables/audit.csv",
        md="results/{protocol}/tables/audit.md",
    log:
        "logs/audit_leaks/{protocol}.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=4000, runtime=30),
    params:
        demo=bool(config["demo"]),
        code=code_of("audit_leaks.py"),
    message:
        "Audit the {wildcards.protocol} protocol: who had seen what"
    script:
        "../workflow_scripts/audit_leaks.py"
