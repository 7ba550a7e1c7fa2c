"""Internal memos between offices, each under its own number of the year (S2-9)."""
