"""From nothing to a first record that a buyer takes in.

identifier.py    numbers that others know a supplier or product by, checked as they are typed
wanted.py        the list of what an onboarding asks for
folder.py        what a supplier's folder holds
gap.py           one thing that is missing, and what it would take
keys.py, records.py, claims.py, publishing.py    what is looked at, one after the other
examining.py     all of it
"""
