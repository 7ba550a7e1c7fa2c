"""What mail programs call: one-click leaving of a forum's letters."""

from __future__ import annotations

from flask import Blueprint

from app.participation.follow_pages import add_hooks
from widgets.forum.following import FOLLOWING

bp = Blueprint("forum", __name__)
add_hooks(bp, FOLLOWING)
