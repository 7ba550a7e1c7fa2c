"""Two sites side by side, for the tests that reach from one into the other."""

from tests.security.riches import riches, stranger

__all__ = ["riches", "stranger"]
