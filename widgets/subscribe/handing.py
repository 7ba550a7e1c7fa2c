"""What is kept of a person, as a file for them: at their own link and at the desk alike."""

from __future__ import annotations

import json
from typing import Any

from flask import Response


def export_file(found: list[dict[str, Any]]) -> Response:
    """Return what is kept of a person as a file that they can keep."""
    text = json.dumps(found, ensure_ascii=False, indent=2)
    response = Response(text, content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="suscripcion.json"'
    response.headers["Cache-Control"] = "no-store"
    return response
