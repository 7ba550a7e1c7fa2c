"""Reads the host's own website into the index: proved hosts only, politely, and never further than a site goes."""
