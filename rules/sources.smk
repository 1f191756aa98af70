# Lesion networks trained without each source of the first lesion set in turn, on that source's images, beside the
# ordinary networks. A source is known from the index alone, so one job trains all of a cell.


rule train_sources:
    input:
        unpack(networks.training_images),
        splits="results/{protocol}/splits/{lesion_dataset}.parquet",
        settings=networks.lesion_settings,
        weights=networks.lesion_weights,
        index="results/data/{lesion_dataset}/index.parquet",
        groups="results/lesions/groups.parquet",
        patients=PATIENT_INDICES,
    output:
        predictions=f"{CELL}/sources/predictions.parquet",
        trained=f"{CELL}/sources/training_ids.parquet",
    log:
        "logs/train_sources/{protocol}/{lesion_dataset}/{cell}.log",
    wildcard_constraints:
        protocol="leakfree",
        lesion_dataset=study.lesion_set,
    conda:
        "../envs/torch.yaml"
    threads: config["lesion"]["training"]["torch_threads"]
    resources:
        **gpu_job(mem_mb=16000, runtime=720),
    params:
        classes=networks.classes,
        folds=list(study.folds["lesion"]),
        seed=networks.first_seed,
        patients=study.patient_sets,
        code=code_of("train_sources.py"),
        training=code_of(
            "selcn/training/lesion.py", "selcn/training/cross_validation.py", "selcn/data/splits/without_source.py"
        ),
    message:
        "Train lesion cell {wildcards.cell} on {wildcards.lesion_dataset} without each of its sources"
    script:
        "../workflow_scripts/train_sources.py"


SOURCE_NETWORKS = [
    network
    for network in lesion_networks(study, study.source_cells)
    if network.seed == study.seeds_of(study.lesion_set, network.model)[0]
]


rule write_source_table:
    input:
        predictions=expand(
            f"results/{{protocol}}/lesion/{study.lesion_set}/{{cell}}/sources/predictions.parquet",
            cell=study.source_cells,
            allow_missing=True,
        ),
        validation=files_of(SOURCE_NETWORKS, "predictions/validation.parquet"),
        test=files_of(SOURCE_NETWORKS, "predictions/test.parquet"),
        splits=f"results/{{protocol}}/splits/{study.lesion_set}.parquet",
        index=f"results/data/{study.lesion_set}/index.parquet",
        groups="results/lesions/groups.parquet",
        patients=PATIENT_INDICES,
    output:
        csv="results/{protocol}/tables/sources.csv",
        md="results/{protocol}/tables/sources.md",
        # A group of its own: the other tables are in both protocols, between which their group's page switches.
        html=report(
            "results/{protocol}/tables/sources.html",
            **marked("sources", "lesion", "Sources", table="sources: Left out"),
        ),
    log:
        "logs/write_source_table/{protocol}.log",
    wildcard_constraints:
        protocol="leakfree",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=4000, runtime=30),
    params:
        **study.told,
        demo=study.demo,
        dataset=study.lesion_set,
        classes=study.declarations[study.lesion_set].classes,
        cells=study.source_cells,
        networks=SOURCE_NETWORKS,
        patients=study.patient_sets,
        draws=config["comparisons"]["draws"],
        seed=config["comparisons"]["seed"],
        remarks=results.remarks("lesion"),
        code=code_of("write_source_table.py"),
    message:
        "Write the table of sources left out of training"
    script:
        "../workflow_scripts/write_source_table.py"
