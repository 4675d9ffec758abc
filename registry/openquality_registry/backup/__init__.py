"""Backups: a folder that holds a registry's rows, whichever database they came from.

    form        what the folder holds: manifest, rows, config, checkpoint, keys
    writing     from a registry at work, from one state of its database
    checking    everything in it recomputed, down to the root that the log's key signed
    restoring   into an empty folder, and SQLite or PostgreSQL
    held        how long the log had become, by witnesses and copies
    tail        what a copy has and the backup has not
    waiting     nothing is signed until that is known

docs/guide/backup.md tells it from the operator's side, docs/spec/backup.md describes the form.
"""
