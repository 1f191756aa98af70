"""How a job runs: resumable work, signals, device, GPUs, parallel."""
