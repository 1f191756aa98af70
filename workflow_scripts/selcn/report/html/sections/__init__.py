"""The data of each section of the page, plain values for its template."""
