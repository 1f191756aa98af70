# Compare every file on disk with its checksum. Without outputs, the rule runs whenever it is requested.


rule verify:
    log:
        "logs/verify.log",
    conda:
        "../envs/images.yaml"
    threads: 4
    resources:
        **cpu_job(mem_mb=4000, runtime=600),
    message:
        "Compare every file with its checksum"
    script:
        "../workflow_scripts/verify_results.py"
