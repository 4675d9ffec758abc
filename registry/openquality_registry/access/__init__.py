"""Who may do what: tokens, the admission policy, quotas, and the operator's actions on record.

tokens   what a token is, and what it allows
policy   whose statements are admitted, and how many
gate     both, asked of every request
operator what an operator does, each action an entry of the log
"""
