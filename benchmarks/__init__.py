"""Side-by-side measurements: ours and theirs in one run, as ratios."""
