"""The register CE-F05: what was said, what it is, what the entity answered, and who saw whose data (S2-3 to S2-10)."""
