"""The tools for agents, over the Model Context Protocol (docs/guide/agents.md).

answers     what the tools ask: a protocol that the HTTP client keeps
checked     values of an answer, taken only in the form that they must have
reading     answers of a registry → results
facts       a decoded record → typed facts, and the texts that are withheld
results     what the tools give to programs, as types
lines       results → the text that a model reads
assessments what a subject does under a profile: answer → result → text
pages       how much goes into one result
arguments   what the tools are asked, as types
refusals    errors → what a model can mend
tools       the tools as functions
offline     the check of a bundle against the user's trust file
server      the tools behind the official SDK

Supplier text never enters `content`; docs/spec/text.md says what does, and in which form.
"""
