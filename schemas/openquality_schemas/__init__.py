"""The JSON Schemas, examples and catalogues, one folder per version."""
