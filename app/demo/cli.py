"""`ventanilla demo`: fill a store with examples, and serve them with the website that embeds the counter."""

from __future__ import annotations

import os

import click


@click.group("demo")
def demo() -> None:
    """A municipality that does not exist, to click through; only with VENTANILLA_DEMO=1."""
    if os.environ.get("VENTANILLA_DEMO", "").lower() not in {"1", "yes", "true"}:
        raise click.UsageError("the demo has known passwords: set VENTANILLA_DEMO=1 where that is what you want")


@demo.command("load")
def load_command() -> None:
    """Migrate the store and fill it, once."""
    from app import create_app, migrate
    from app.demo.load import load

    with create_app().app_context():
        migrate.upgrade()
        click.echo("demo: loaded" if load() else "demo: was there already")


@demo.command("serve")
def serve_command() -> None:
    """Load what is missing, serve counter and website, and print where to click."""
    from app.demo.serve import serve

    serve()
