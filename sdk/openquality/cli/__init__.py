"""The command line: one module for each command, imported when it is called."""

INSTALL = 'pip install "openquality[registry]"'  # what brings the commands of the service
