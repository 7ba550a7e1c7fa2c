"""Commands for who looks after the search: `ventanilla search analyze WORD…`."""

from __future__ import annotations

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
