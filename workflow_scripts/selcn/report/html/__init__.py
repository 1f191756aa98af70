"""The report: one page of HTML with every table, chart and figure of a study."""
