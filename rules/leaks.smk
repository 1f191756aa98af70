# The audit of data leakage.


rule audit_leaks:
    input:
        groups="results/lesions/groups.parquet",
        pairs="results/lesions/pairs.parquet",
        detection="results/lesions/detection.csv",
        splits=expand("results/{protocol}/splits/{dataset}.parquet", dataset=study.datasets, allow_missing=True),
        searched=results.search_splits,
        selected="results/{protocol}/segmentation/selected.json",
        trained=results.training_ids,
        masks=expand("results/{protocol}/masks/{dataset}/manifest.parquet", dataset=study.datasets, allow_missing=True),
        counts=networks.segmentation_files("counts.parquet"),
        cams=results.symmetry_cams(),
        lesion_cams=results.lesion_cams(),
        predictions=results.all_predictions(),
        source_predictions=results.source_files("predictions.parquet"),
        source_trained=results.source_files("training_ids.parquet"),
        patients=expand("results/data/{dataset}/index.parquet", dataset=study.patient_sets),
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
        **study.told,
        demo=study.demo,
        # Under the name of each input, what its files are of.
        splits=study.datasets,
        searched=study.search.datasets,
        trained=results.trained_networks,
        masks=study.datasets,
        counts=networks.segmentation_networks,
        cams=study.cams,
        lesion_cams=results.networks_of_lesion_cams(),
        predictions=results.predicted_subsets(),
        lesion_set=study.lesion_set,
        patients=study.patient_sets,
        by=config["split"]["by"],
        code=code_of("audit_leaks.py"),
    message:
        "Audit data leakage in the {wildcards.protocol} protocol"
    script:
        "../workflow_scripts/audit_leaks.py"
