"""Bayesian hyper-parameter search (section 5.2): the search space, the shared study, its workers and the summary."""
