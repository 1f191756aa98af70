# Lesions of all data sets together, near-duplicates that no id reveals, and the audit of data leakage.


rule find_duplicates:
    input:
        **images.packed_of_all(),
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
        datasets=study.datasets,
        code=code_of("find_duplicates.py"),
    message:
        "Find near-duplicates over all data sets"
    script:
        "../workflow_scripts/find_duplicates.py"


rule draw_duplicates:
    input:
        **images.packed_of_all(),
        pairs="results/lesions/pairs.parquet",
        indices=expand("results/data/{dataset}/index.parquet", dataset=study.datasets),
    output:
        figure=report(
            "results/lesions/near-duplicates.png",
            **marked("near-duplicates", "data", "Near-duplicates", figure="Closest pairs", protocol="all"),
        ),
    log:
        "logs/draw_duplicates.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=2000, runtime=10),
    params:
        demo=study.demo,
        datasets=study.datasets,
        code=code_of("draw_duplicates.py"),
    message:
        "Draw the closest near-duplicates"
    script:
        "../workflow_scripts/draw_duplicates.py"


rule group_lesions:
    input:
        indices=expand("results/data/{dataset}/index.parquet", dataset=study.datasets),
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
        datasets=study.datasets,
        code=code_of("group_lesions.py"),
    message:
        "Group the images of each lesion over all data sets"
    script:
        "../workflow_scripts/group_lesions.py"


rule audit_leaks:
    input:
        groups="results/lesions/groups.parquet",
        pairs="results/lesions/pairs.parquet",
        splits=expand("results/{protocol}/splits/{dataset}.parquet", dataset=study.datasets, allow_missing=True),
        searched=results.search_splits,
        selected="results/{protocol}/segmentation/selected.json",
        trained=results.training_ids,
        masks=expand("results/{protocol}/masks/{dataset}/manifest.parquet", dataset=study.datasets, allow_missing=True),
        counts=networks.segmentation_files("counts.parquet"),
        cams=results.symmetry_cams(),
        lesion_cams=results.lesion_cams(),
        predictions=results.all_predictions(),
    output:
        csv="results/{protocol}/tables/audit.csv",
        md="results/{protocol}/tables/audit.md",
        html=report("results/{protocol}/tables/audit.html", **marked_table("audit")),
    log:
        "logs/audit_leaks/{protocol}.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=4000, runtime=30),
    params:
        demo=study.demo,
        # Under the name of each input, what its files are of.
        splits=study.datasets,
        searched=study.search_datasets,
        trained=results.trained_networks,
        masks=study.datasets,
        counts=networks.segmentation_networks,
        cams=study.cams,
        lesion_cams=results.networks_of_lesion_cams(),
        predictions=results.predicted_subsets(),
        code=code_of("audit_leaks.py"),
    message:
        "Audit data leakage in the {wildcards.protocol} protocol"
    script:
        "../workflow_scripts/audit_leaks.py"
