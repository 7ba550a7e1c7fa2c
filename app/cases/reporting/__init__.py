"""What the law wants reported of petitions: periods, the count, tables and files of it, and the same as open data."""
