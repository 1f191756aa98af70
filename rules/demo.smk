# The demo's data: small synthetic versions of the four data sets, in their native layouts.

if config["demo"]:

    rule generate_demo_data:
        output:
            manifest="data/manifest.json",
        log:
            "logs/generate_demo_data.log",
        conda:
            "../envs/images.yaml"
        resources:
            **cpu_job(mem_mb=2000, runtime=10),
        params:
            settings=config["demo"],
            code=code_of("generate_demo_data.py"),
        message:
            "Generate the demo's synthetic data sets"
        script:
            "../workflow_scripts/generate_demo_data.py"
