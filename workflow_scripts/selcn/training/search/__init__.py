"""The Bayesian search for hyper-parameters (section 5.2): what is searched, who runs the trials, what they found."""
