"""The buyer's questions: what the index holds, how it is asked, and what an answer says."""
