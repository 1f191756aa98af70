"""Demo data: small drawn versions of the four data sets, in their native layouts, with the truth kept beside them."""
