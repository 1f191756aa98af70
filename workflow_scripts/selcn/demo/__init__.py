"""Demo data: small synthetic versions of the four data sets, in their native layouts, with the ground truth."""
