"""The pure core: the same answer for supplier, registry and buyer."""
