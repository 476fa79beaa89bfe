"""The report: the outcome of each law for each model, as data and in three formats."""
