"""The hours at which somebody looks at each network, and the record of it (S4-22, S4-23)."""
