"""The HTTP interface: docs/spec/http.md as a FastAPI application."""
