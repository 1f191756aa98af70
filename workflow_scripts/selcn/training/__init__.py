"""The training engine that the three networks share: settings, batches from packed arrays, and the loop."""
