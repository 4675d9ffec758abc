"""The programs that write generated documentation."""
