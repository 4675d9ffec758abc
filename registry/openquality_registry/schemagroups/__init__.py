"""Schemas as their readers see them: groups, schemas, versions (docs/spec/schemagroups.md)."""
