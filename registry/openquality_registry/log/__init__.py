"""The log's writing side: plan, then perform."""
