"""The register as a sheet: written, printed, and brought in from an old one (S2-11, S2-13)."""
