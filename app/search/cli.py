"""Commands for who looks after the search: `ventanilla search analyze WORD…`."""

from __future__ import annotations

from typing import Any

import click

from app.search import analysis


@click.group()
def search() -> None:
    """Look into the search index."""


@search.command()
@click.argument("words", nargs=-1, required=True, metavar="WORD…")
@click.option("--lang", type=click.Choice(["es", "en"]), default="es", show_default=True)
def analyze(words: tuple[str, ...], lang: str) -> None:
    """Print the terms that each WORD is indexed under; words with a term in common find one another."""
    for word in words:
        terms = " ".join(analysis.analyze(word, lang)) or "-"
        click.echo(f"{word}\t{terms}" + ("\t(stop)" if analysis.is_stop(analysis.lower(word), lang) else ""))


def _index() -> Any:
    """Return the index of an app made for this command, inside its context."""
    from app import create_app

    app = create_app()
    app.app_context().push()
    return app.extensions["ventanilla_index"]


@search.command()
@click.option("--allow-shrink", is_flag=True, help="Go on though more than 30 % of the documents would be lost.")
def rebuild(allow_shrink: bool) -> None:
    """Build the index anew from the store, beside the old one, and swap."""
    from app.search.engine import Shrunk

    try:
        click.echo(f"{_index().rebuild(allow_shrink)} documents")
    except Shrunk as error:
        raise click.ClickException(f"{error} Say --allow-shrink if it should be so.") from error


@search.command()
def update() -> None:
    """Index what waits."""
    click.echo(f"{_index().update()} changes")


@search.command()
@click.argument("site")
@click.argument("words", nargs=-1, required=True, metavar="WORD…")
@click.option("--lang", type=click.Choice(["es", "en"]), default="es", show_default=True)
def query(site: str, words: tuple[str, ...], lang: str) -> None:
    """Print what a query finds on SITE, best first."""
    got = _index().engine.query(site, " ".join(words), lang=lang)
    for hit in got.hits:
        click.echo(f"{hit.score:8.2f}\t{hit.kind}\t{hit.title}\t{hit.url}")
    click.echo(f"{got.total} found" + (f"; did you mean: {got.did_you_mean}" if got.did_you_mean else ""))


@search.command()
@click.argument("site")
def crawl(site: str) -> None:
    """Read the proved hosts of SITE to the end, here and now."""
    _index()
    from app.errors import NotFound
    from app.search.crawl import crawler, hosts
    from app.sites.service import find_site

    found = find_site(site)
    if found is None:
        raise NotFound("errors.unknown-site")
    for host_id, origin in [(host.id, host.origin) for host, _ in hosts.hosts(found.id) if host.proved_at]:
        read = crawler.run(host_id)
        click.echo(f"{origin}\t{read} addresses")
