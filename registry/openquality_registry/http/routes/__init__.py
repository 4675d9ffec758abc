"""The routes, one module for each part of docs/spec/http.md."""
