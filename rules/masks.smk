# Masks of every image of every data set by the best architecture, its network or its ensemble: lesion areas and LAE
# boxes (figure 3).


rule predict_masks:
    input:
        **packed("{dataset}"),
        selected="results/{protocol}/segmentation/selected.json",
        # Encoder and input, which are all that matters here, are those of every architecture.
        settings=lambda wildcards: settings_of("segmentation", wildcards.protocol, ARCHITECTURES[0]),
        models=expand(
            f"{SEGMENTATION_FOLD}/best.pt",
            architecture=ARCHITECTURES,
            segmentation_fold=FOLDS["segmentation"],
            allow_missing=True,
        ),
        code=code_of("predict_masks.py"),
    output:
        manifest="results/{protocol}/masks/{dataset}/manifest.parquet",
        seg=directory("results/{protocol}/masks/{dataset}/seg"),
        lae=directory("results/{protocol}/masks/{dataset}/lae"),
        masks="results/{protocol}/masks/{dataset}/masks.npy",
        masks_json="results/{protocol}/masks/{dataset}/masks.json",
    log:
        "logs/predict_masks/{protocol}/{dataset}.log",
    benchmark:
        "benchmarks/predict_masks/{protocol}/{dataset}.tsv"
    conda:
        "../envs/torch.yaml"
    resources:
        **gpu_job(mem_mb=8000, runtime=120),
    params:
        settings={"factor": config["lae"]["factor"], "flips": FLIPS},
    message:
        "Predict the lesion masks of {wildcards.dataset}"
    script:
        "../workflow_scripts/predict_masks.py"
