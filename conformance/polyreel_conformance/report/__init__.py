"""The report: what came of each law for each model, as data and in three renderings of it."""
