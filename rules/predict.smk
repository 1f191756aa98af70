# Predictions of a folder of images (key `images`) by bundles: tables, pictures and a page a cell. Pictures are in
# results/predict/<folder>/<cell>/, no declared outputs: Snakemake would delete them before each job. Rows of images that
# are predicted are in work/, so that a job that was killed goes on where it was.

from selcn.report.predictions.digest import assets_digest as page_digest
from selcn.workflow.inputs.predict import TABLES, PredictInputs

if config["images"] is not None:

    predicted = PredictInputs(images)
    targets["predict"] = predicted.targets()

    rule list_images:
        output:
            files=f"{predicted.place}/files.parquet",
        log:
            f"logs/list_images/{Path(predicted.place).name}.log",
        localrule: True
        conda:
            "../envs/images.yaml"
        params:
            folder=predicted.folder,
            left_out=predicted.left_out(),
            digest=predicted.digest,
            code=code_of("list_images.py"),
        message:
            "List the images"
        script:
            "../workflow_scripts/list_images.py"

    rule predict_images:
        input:
            files=f"{predicted.place}/files.parquet",
            bundle=predicted.bundle(),
        output:
            predictions=f"{predicted.place}/{{cell}}/shard-{{shard}}/predictions.parquet",
            rejected=f"{predicted.place}/{{cell}}/shard-{{shard}}/rejected.parquet",
        log:
            f"logs/predict_images/{Path(predicted.place).name}/{{cell}}/shard-{{shard}}.log",
        wildcard_constraints:
            cell="|".join(predicted.settings["cells"]),
            shard="|".join(predicted.shards),
        conda:
            "../envs/torch.yaml"
        threads: 2
        resources:
            **gpu_job(mem_mb=8000, runtime=240),
        params:
            folder=predicted.folder,
            limits=predicted.limits(),
            shards=predicted.settings["shards"],
            code=code_of("predict_images.py"),
        message:
            "Predict the images by {wildcards.cell}, shard {wildcards.shard}"
        script:
            "../workflow_scripts/predict_images.py"

    rule join_predictions:
        input:
            **predicted.of_shards(),
            bundle=predicted.bundle(),
        output:
            [f"{predicted.place}/{{cell}}/{name}" for name in TABLES],
        log:
            f"logs/join_predictions/{Path(predicted.place).name}/{{cell}}.log",
        wildcard_constraints:
            cell="|".join(predicted.settings["cells"]),
        conda:
            "../envs/report.yaml"
        resources:
            **cpu_job(mem_mb=4000, runtime=20),
        params:
            folder=config["images"],
            assets=page_digest(),
            code=code_of("join_predictions.py"),
        message:
            "Write the tables and the page of the predictions by {wildcards.cell}"
        script:
            "../workflow_scripts/join_predictions.py"
