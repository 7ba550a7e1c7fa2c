"""What a WSGI server imports: `gunicorn -c docs/deploy/gunicorn.conf.py wsgi:app`."""

from app import create_app

app = create_app()
