"""From the annotated schema and the catalogues to the RDF face; `ontology/generate.py` runs it.

Pure: JSON values in, JSON values and RDF graphs out. It stops (SourceError) on a collision of terms
and on any keyword of the schema that it does not know, rather than leave something out.
"""
