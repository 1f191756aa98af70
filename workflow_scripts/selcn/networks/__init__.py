"""A module a network: from a job's inputs to a network ready to be trained, for its training rule and its search."""
