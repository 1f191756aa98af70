# Images of one lesion over all data sets: copies that no id reveals, images that share local features, and what a person
# or a published list says of pairs.


rule find_copies:
    input:
        **images.packed_of_all(),
    output:
        copies="results/lesions/copies.parquet",
    log:
        "logs/find_copies.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=4000, runtime=60),
    params:
        distance=config["duplicates"]["distance"],
        correlation=config["duplicates"]["correlation"],
        datasets=study.datasets,
        code=code_of("find_copies.py"),
    message:
        "Find copies over all data sets"
    script:
        "../workflow_scripts/find_copies.py"


rule find_keypoints:
    input:
        index="results/data/{dataset}/index.parquet",
    output:
        keypoints="results/lesions/keypoints/{dataset}/shard-{shard}/keypoints.npy",
        manifest="results/lesions/keypoints/{dataset}/shard-{shard}/manifest.parquet",
    log:
        "logs/find_keypoints/{dataset}/shard-{shard}.log",
    conda:
        "../envs/images.yaml"
    threads: 2
    resources:
        **cpu_job(mem_mb=2000, runtime=60),
    params:
        shard=images.shard,
        code=code_of("find_keypoints.py"),
    message:
        "Find the keypoints of {wildcards.dataset}, shard {wildcards.shard}"
    script:
        "../workflow_scripts/find_keypoints.py"


use rule join_hair as join_keypoints with:
    input:
        shards=images.every_shard("results/lesions/keypoints/{dataset}/shard-{shard}/manifest.parquet"),
    output:
        joined="results/lesions/keypoints/{dataset}/manifest.parquet",
    log:
        "logs/join_keypoints/{dataset}.log",
    message:
        "Join the keypoints of {wildcards.dataset}"


rule choose_candidates:
    input:
        **images.packed_of_all(),
        **images.keypoints_of_all(),
        indices=expand("results/data/{dataset}/index.parquet", dataset=study.datasets),
    output:
        candidates="results/lesions/candidates.parquet",
    log:
        "logs/choose_candidates.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=4000, runtime=60),
    params:
        nearest=config["duplicates"]["nearest"],
        seed=config["split"]["seed"],
        datasets=study.datasets,
        code=code_of("choose_candidates.py"),
    message:
        "Choose the pairs of images to compare by local features"
    script:
        "../workflow_scripts/choose_candidates.py"


rule compare_candidates:
    input:
        **images.keypoints_of_all(),
        candidates="results/lesions/candidates.parquet",
    output:
        matches="results/lesions/matches/part-{part}/matches.parquet",
    log:
        "logs/compare_candidates/part-{part}.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=2000, runtime=120),
    params:
        parts=config["duplicates"]["parts"],
        datasets=study.datasets,
        code=code_of("compare_candidates.py"),
    message:
        "Compare candidate pairs by local features, part {wildcards.part}"
    script:
        "../workflow_scripts/compare_candidates.py"


rule find_duplicates:
    input:
        **images.judged_pairs(),
        copies="results/lesions/copies.parquet",
        matches=images.matches(),
        indices=expand("results/data/{dataset}/index.parquet", dataset=study.datasets),
    output:
        pairs="results/lesions/pairs.parquet",
    log:
        "logs/find_duplicates.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=2000, runtime=10),
    params:
        certain=config["duplicates"]["certain"],
        doubtful=config["duplicates"]["doubtful"],
        datasets=study.datasets,
        code=code_of("find_duplicates.py"),
    message:
        "Decide which pairs of images show one lesion"
    script:
        "../workflow_scripts/find_duplicates.py"


rule measure_duplicates:
    input:
        copies="results/lesions/copies.parquet",
        candidates="results/lesions/candidates.parquet",
        matches=images.matches(),
        indices=expand("results/data/{dataset}/index.parquet", dataset=study.datasets),
    output:
        csv="results/lesions/detection.csv",
        md="results/lesions/detection.md",
        html=report(
            "results/lesions/detection.html",
            **marked("detection", "data", "Near-duplicates", table="Search for images of one lesion", protocol="all"),
        ),
    log:
        "logs/measure_duplicates.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=2000, runtime=30),
    params:
        **study.told,
        certain=config["duplicates"]["certain"],
        doubtful=config["duplicates"]["doubtful"],
        planted=config["duplicates"]["planted"],
        seed=config["split"]["seed"],
        demo=study.demo,
        datasets=study.datasets,
        code=code_of("measure_duplicates.py"),
    message:
        "Measure the search for images of one lesion"
    script:
        "../workflow_scripts/measure_duplicates.py"


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
        sheet="results/lesions/contact-sheet.pdf",
        listed="results/lesions/pairs-to-judge.csv",
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
