"""Training: the engine shared by the three networks, the set-up of each, and the hyper-parameter search."""
