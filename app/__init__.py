"""The trunk: what every widget stands on."""
