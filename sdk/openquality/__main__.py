"""Run the command as `python -m openquality`."""

from openquality.cli.main import program

program()
