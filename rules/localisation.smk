# Compare CAMs of the symmetry models with true lesion masks (section 5.3.2): table 7.


rule localise_symmetry:
    input:
        cams=f"results/{{protocol}}/cams/{study.segmentation_set}/{{mask}}/cams.parquet",
        truth=images.true_masks(study.segmentation_set),
        rows=f"results/packed/{study.segmentation_set}/manifest.parquet",
        lesions=images.lesions,
        # Whether the model failed.
        metrics="results/{protocol}/symmetry/{mask}/metrics.json",
    output:
        localisation="results/{protocol}/symmetry/{mask}/localisation.parquet",
        summary="results/{protocol}/symmetry/{mask}/localisation.json",
    log:
        "logs/localise_symmetry/{protocol}/{mask}.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=4000, runtime=15),
    params:
        localisation=config["localisation"],
        code=code_of("localise_cams.py"),
    message:
        "Evaluate the CAM localisation of symmetry model {wildcards.mask}"
    script:
        "../workflow_scripts/localise_cams.py"
