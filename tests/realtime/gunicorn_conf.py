"""What an operator's configuration looks like."""

import json
import os

from app.realtime import serving

globals().update(serving.gunicorn_settings(cap=json.loads(os.environ["REALTIME_OPTIONS"]).get("cap", 300)))
worker_tmp_dir = os.environ.get("REALTIME_TMP")
control_socket_disable = True
