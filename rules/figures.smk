# The thesis's figures that show data, and sheets of every stage of one image.

from selcn.design.cells import cell_of
from selcn.workflow.inputs.trained import files_of, lesion_networks
from selcn.workflow.named_targets import CURVES

# Say whether a cell or symmetry model failed.
MODEL_METRICS = "results/{protocol}/symmetry/{model}/metrics.json"
CELL_METRICS = f"results/{{protocol}}/lesion/{study.lesion_set}/{{cell}}/metrics.json"
FIGURE = "results/{protocol}/figures"


rule draw_masks:
    input:
        **results.drawn_images(study.segmentation_set),
    output:
        figure=report(f"{FIGURE}/figure-03.png", **marked("figure-03", "segmentation", figure="03: Masks on the input")),
    log:
        "logs/draw_masks/{protocol}.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=2000, runtime=10),
    params:
        demo=study.demo,
        code=code_of("draw_masks.py"),
    message:
        "Draw figure 3: the masks"
    script:
        "../workflow_scripts/draw_masks.py"


rule draw_hair:
    input:
        index=f"results/data/{study.lesion_set}/index.parquet",
        hair=f"results/hair/{study.lesion_set}/manifest.parquet",
    output:
        figure=report(f"{FIGURE}/figure-05.png", **marked("figure-05", "data", figure="05: Hair removal")),
    log:
        "logs/draw_hair/{protocol}.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=2000, runtime=10),
    params:
        **hair_method(config["hair"]),
        demo=study.demo,
        code=code_of("draw_hair.py"),
    message:
        "Draw figure 5: hair removal"
    script:
        "../workflow_scripts/draw_hair.py"


rule draw_class_balance:
    input:
        splits=f"results/{{protocol}}/splits/{study.lesion_set}.parquet",
    output:
        figure=report(f"{FIGURE}/figure-06.png", **marked("figure-06", "data", figure="06: Class balance")),
        svg=f"{FIGURE}/figure-06.svg",
    log:
        "logs/draw_class_balance/{protocol}.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=10),
    params:
        demo=study.demo,
        code=code_of("draw_class_balance.py"),
    message:
        "Draw figure 6: class balance"
    script:
        "../workflow_scripts/draw_class_balance.py"


rule draw_localisation:
    input:
        **results.drawn_images(study.segmentation_set),
        cams=f"results/{{protocol}}/cams/{study.segmentation_set}/none/cams.parquet",
        metrics="results/{protocol}/symmetry/none/metrics.json",
    output:
        figure=report(f"{FIGURE}/figure-08.png", **marked("figure-08", "symmetry", figure="08: How CAMs are scored")),
    log:
        "logs/draw_localisation/{protocol}.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=2000, runtime=10),
    params:
        demo=study.demo,
        settings=config["localisation"],
        code=code_of("draw_localisation.py"),
    message:
        "Draw figure 8: CAM localisation"
    script:
        "../workflow_scripts/draw_localisation.py"


rule draw_symmetry_cams:
    input:
        **results.drawn_images(study.symmetry_set),
        cams=expand(
            f"results/{{protocol}}/cams/{study.symmetry_set}/{{mask}}/cams.parquet",
            mask=study.masks,
            allow_missing=True,
        ),
        metrics=expand(MODEL_METRICS, model=study.masks, allow_missing=True),
    output:
        figure=report(
            f"{FIGURE}/figure-09.png", **marked("figure-09", "symmetry", figure="09: CAMs of the symmetry models")
        ),
    log:
        "logs/draw_symmetry_cams/{protocol}.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=2000, runtime=10),
    params:
        **study.told,
        demo=study.demo,
        code=code_of("draw_symmetry_cams.py"),
    message:
        "Draw figure 9: CAMs of the symmetry models"
    script:
        "../workflow_scripts/draw_symmetry_cams.py"


rule draw_shams:
    input:
        **results.drawn_images(study.segmentation_set),
        cams=expand(
            f"results/{{protocol}}/cams/{study.segmentation_set}/{{source}}/cams.parquet",
            source=study.cam_sources,
            allow_missing=True,
        ),
        metrics=expand(MODEL_METRICS, model=study.cam_models, allow_missing=True),
    output:
        figure=report(
            f"{FIGURE}/shams.png",
            **marked("shams", "lesion", figure="shams: Inputs of the E-Layer"),
        ),
    log:
        "logs/draw_shams/{protocol}.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=2000, runtime=10),
    params:
        **study.told,
        demo=study.demo,
        models=study.cam_models,
        sources=study.cam_sources,
        code=code_of("draw_shams.py"),
    message:
        "Draw the sham controls and the CAMs given to the E-Layer"
    script:
        "../workflow_scripts/draw_shams.py"


rule draw_lesion_cams:
    input:
        **results.drawn_images(study.segmentation_set),
        lesion_cams=results.cams_of_cells(study.thesis_cells),
        metrics=expand(CELL_METRICS, cell=study.thesis_cells, allow_missing=True),
    output:
        figure=report(f"{FIGURE}/figure-10.png", **marked("figure-10", "lesion", figure="10: CAMs of the lesion cells")),
    log:
        "logs/draw_lesion_cams/{protocol}.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=2000, runtime=10),
    params:
        demo=study.demo,
        cells=study.thesis_cells,
        code=code_of("draw_lesion_cams.py"),
    message:
        "Draw figure 10: CAMs of the lesion cells"
    script:
        "../workflow_scripts/draw_lesion_cams.py"


curves = {mask: CURVES[mask] for mask in study.cells_by_mask}


# From each cell's first seed and fold.
rule draw_training_curves:
    input:
        histories=results.first_histories(),
        metrics=expand(CELL_METRICS, cell=study.thesis_cells, allow_missing=True),
    output:
        figures=[
            report(
                f"{FIGURE}/figure-{number}.png",
                **marked("training-curves", "lesion", figure=f"{number}: Training curves", cell=cell_of(mask, "*")),
            )
            for mask, number in curves.items()
        ],
        svgs=expand(f"{FIGURE}/figure-{{number}}.svg", number=curves.values(), allow_missing=True),
    log:
        "logs/draw_training_curves/{protocol}.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=10),
    params:
        demo=study.demo,
        cells=study.cells_by_mask,
        code=code_of("draw_training_curves.py"),
    message:
        "Draw figures 11 to 13: training curves"
    script:
        "../workflow_scripts/draw_training_curves.py"


CELL_NETWORKS = lesion_networks(study, study.thesis_cells)


rule draw_reliability:
    input:
        validation=files_of(CELL_NETWORKS, "predictions/validation.parquet"),
        test=files_of(CELL_NETWORKS, "predictions/test.parquet"),
        metrics=expand(CELL_METRICS, cell=study.thesis_cells, allow_missing=True),
    output:
        figures=[
            report(
                f"{FIGURE}/reliability-{mask}.png",
                **marked(
                    "reliability",
                    "lesion",
                    figure=f"reliability-{mask}: Calibration",
                    cell=cell_of(mask, "*"),
                ),
            )
            for mask in study.cells_by_mask
        ],
        svgs=expand(f"{FIGURE}/reliability-{{mask}}.svg", mask=study.cells_by_mask, allow_missing=True),
    log:
        "logs/draw_reliability/{protocol}.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=10),
    params:
        demo=study.demo,
        cells=study.cells_by_mask,
        networks=CELL_NETWORKS,
        code=code_of("draw_reliability.py"),
    message:
        "Draw the reliability diagrams of the cells with each mask"
    script:
        "../workflow_scripts/draw_reliability.py"


rule inspect_image:
    input:
        unpack(results.inspected_images),
        index="results/data/{dataset}/index.parquet",
        hair="results/hair/{dataset}/manifest.parquet",
        cams=expand("results/{protocol}/cams/{dataset}/{mask}/cams.parquet", mask=study.masks, allow_missing=True),
    output:
        # Anyone may ask for sheets in one protocol only, so that nothing can be switched.
        sheet=report(
            "results/{protocol}/inspect/{dataset}/{image_id}.png",
            **marked("sheet", "images", "{protocol}", image="{dataset} {image_id}"),
        ),
    log:
        "logs/inspect_image/{protocol}/{dataset}/{image_id}.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=2000, runtime=10),
    params:
        demo=study.demo,
        cells=results.inspected_cells,
        image_id="{image_id}",
        code=code_of("inspect_image.py"),
    message:
        "Draw every stage of {wildcards.image_id} of {wildcards.dataset}"
    script:
        "../workflow_scripts/inspect_image.py"
