"""Tenants: what differs from one entity to the next, its calendar and its hours first."""
