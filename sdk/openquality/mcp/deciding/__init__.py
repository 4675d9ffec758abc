"""The tools by which an agent keeps decisions in its user's own log (docs/guide/agents.md).

arguments   what the tools are asked, as types
reading     the log's values → results
results     what the tools give to programs, as types
lines       results → the text that a model reads
refusals    errors → what a model can mend
tools       the tools as functions
table       what is said of each tool, and how far it reaches

They exist where the user starts `openquality mcp` with a log and an agent's key, and nowhere else:
no registry offers them. To approve, override, waive and resume is not among them: that is for
people, at the command line (docs/adr/0022).
"""
