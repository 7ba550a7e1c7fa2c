"""The leaves: one folder a widget, and the one shared line that names them."""

from __future__ import annotations
