"""How gunicorn serves the counter: one process, many threads; `gunicorn -c docs/deploy/gunicorn.conf.py wsgi:app`.

What may differ between machines stands in VENTANILLA_* variables (docs/configuration.md); VENTANILLA_BIND says where to
listen.
"""

import gc
import logging
import os
import sys
from pathlib import Path
from threading import Thread
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sqlalchemy.orm import configure_mappers

from app import warm
from app.config import load
from app.cores import stay
from app.memory import give_back
from app.realtime import serving
from app.words import LANGUAGES, catalogue

_settings = load()
_serving = serving.gunicorn_settings(cap=_settings.max_sockets)
globals().update(_serving)

bind = os.environ.get("VENTANILLA_BIND", "127.0.0.1:8000").split()
# Addresses of citizens must not reach a log: app/request_log.py writes its own lines, without them.
accesslog = None
errorlog = "-"
loglevel = "warning"
# Requests end before systemd's TimeoutStopSec; sockets are told to come back elsewhere at once.
graceful_timeout = 10
timeout = 60
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a heartbeat, never content
# Only the proxy beside us may say what the address of a visitor is; the app counts the hops itself.
forwarded_allow_ips = os.environ.get("VENTANILLA_PROXY_ADDRESSES", "127.0.0.1,::1")
limit_request_line = 4094
# Nothing here steers gunicorn by its socket, and the folder where it would stand may not be written.
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Start what a process needs beside its requests: the drain of sockets, the log, and the embedded worker."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.getLogger("ventanilla").addHandler(handler)
    # Before any thread is started, since they stay where who started them is.
    stay()
    _serving["post_worker_init"](worker)
    # What the first visitor would wait for otherwise.
    configure_mappers()
    for lang in LANGUAGES:
        catalogue(lang)
    give_back()
    # What stands now stands for good: no collection need look at it again.
    gc.freeze()
    # Not before the first request is taken: a leaf's patterns are no reason to be away longer.
    Thread(target=warm, args=(worker.wsgi,), name="warm", daemon=True).start()
    if _settings.worker == "embedded":
        worker.wsgi.extensions["ventanilla"].jobs.start_thread(worker.wsgi)


def worker_exit(_server: Any, worker: Any) -> None:
    """Let the job that is running end; one that is cut short is leased again when its lease is over."""
    jobs = worker.wsgi.extensions["ventanilla"].jobs
    jobs.stop.set()
    jobs.wake.set()
