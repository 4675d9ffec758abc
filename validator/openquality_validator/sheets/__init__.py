"""Records as workbooks: where in a sheet each part of a record stands."""
