"""What mail programs call: one-click leaving of the letters on a survey."""

from __future__ import annotations

from flask import Blueprint

from app.participation.follow_pages import add_hooks
from widgets.survey.following import FOLLOWING

bp = Blueprint("survey", __name__)
add_hooks(bp, FOLLOWING)
