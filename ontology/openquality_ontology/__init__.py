"""The RDF face of the language; generated, one folder per version."""
