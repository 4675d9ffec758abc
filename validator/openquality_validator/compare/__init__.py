"""Verified records to comparable values: eligibility, grades with reasons, ranking, answers."""
