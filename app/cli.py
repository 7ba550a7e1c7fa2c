"""The command `ventanilla`: what an operator does without the console."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask import Flask

from app.cases.cli import deadline
from app.console.roles import TRUNK
from app.demo.cli import demo
from app.search.cli import search


@click.group()
@click.pass_context
def cli(context: click.Context) -> None:
    """The counter of a public office: sites, staff, store, and the count of terms."""


def _app() -> Flask:
    from app import create_app

    return create_app()


def with_app(function: Any) -> Any:
    """Give a command the application's context, made only when it runs: `--help` needs no store."""
    from functools import wraps

    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        with _app().app_context():
            return function(*args, **kwargs)

    return run


cli.add_command(deadline)
cli.add_command(search)
cli.add_command(demo)


@cli.group("db")
def db_group() -> None:
    """The store's migrations."""


@db_group.command("upgrade")
@click.argument("revision", default="head")
@with_app
def upgrade(revision: str) -> None:
    """Bring the store up to the code."""
    from app import migrate

    migrate.upgrade(revision)


@db_group.command("downgrade")
@click.argument("revision")
@with_app
def downgrade(revision: str) -> None:
    """Take the store back to a revision."""
    from app import migrate

    migrate.downgrade(revision)


@db_group.command("revision")
@click.argument("number")
@click.argument("message")
@with_app
def revision(number: str, message: str) -> None:
    """Write the next migration from what the models changed."""
    from app import migrate

    migrate.new_revision(number, message)


@cli.group("site")
def site_group() -> None:
    """The sites of this installation."""


@site_group.command("create")
@click.argument("key")
@click.option("--name", required=True, help="What people call it: Alcaldía de Tenjo.")
@click.option("--entity", help="Its full legal name; the name where left out.")
@click.option("--email", "official_email", required=True, help="The only address that ever writes to citizens.")
@click.option(
    "--origin", "origins", multiple=True, required=True, help="Exact origin of a page: https://www.example.gov.co"
)
@with_app
def create_site(key: str, name: str, entity: str | None, official_email: str, origins: tuple[str, ...]) -> None:
    """Create a site with its first two offices and office hours."""
    from app.sites.service import create_site as create

    create(key=key, name=name, entity=entity or name, official_email=official_email, origins=list(origins))
    click.echo(f"{key}: created")


@site_group.command("list")
@with_app
def list_sites() -> None:
    """List the sites and the origins that may embed them."""
    from app.sites.service import all_sites

    for site in all_sites():
        click.echo(f"{site.key}\t{site.name}\t{' '.join(sorted(site.origins))}")


@cli.group("staff")
def staff_group() -> None:
    """The people who answer."""


@staff_group.command("invite")
@click.argument("email")
@click.option("--site", "site_key", required=True)
@click.option("--role", required=True, type=click.Choice(list(TRUNK)), help="What the person may do.")
@click.option("--office", "office_code", default="", help="Code of the office; all of them where left out.")
@click.option("--name", default="")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day, for a contractor; no end where left out.")
@with_app
def invite(email: str, site_key: str, role: str, office_code: str, name: str, until: datetime | None) -> None:
    """Invite a person by mail; the link in it lets them choose a password."""
    from app.console.staff import invite_by_key

    invite_by_key(site_key, email, role, office_code, name, until.date() if until else None)
    click.echo(f"{email}: invited as {role} of {site_key}")


@cli.group("audit")
def audit_group() -> None:
    """The audit trail."""


@audit_group.command("verify")
@with_app
def verify() -> None:
    """Prove that no entry of any site's chain was changed, removed or inserted."""
    from app import audit
    from app.sites.service import all_sites

    broken = False
    for site in all_sites():
        count, problem = audit.verify(site.id)
        click.echo(f"{site.key}: {count} entries, {problem or 'all hold'}")
        broken = broken or bool(problem)
    if broken:
        sys.exit(1)


@cli.command("dkim")
@with_app
def dkim_records() -> None:
    """Print the TXT record that each site's domain must publish, so that its letters are believed."""
    from flask import current_app

    from app.sites.service import all_sites

    signer = current_app.extensions["ventanilla"].signer
    if signer is None:
        raise click.ClickException("VENTANILLA_DKIM is not set: selector:/file.pem")
    for domain in sorted({site.official_email.rpartition("@")[2] for site in all_sites()}):
        name, text = signer.record(domain)
        click.echo(f'{name}. IN TXT "{text[:255]}"' + (f' "{text[255:]}"' if len(text) > 255 else ""))


@cli.command("openapi")
@with_app
def openapi() -> None:
    """Print the public API as an OpenAPI 3.1 document; `make openapi` writes it to static/openapi.json."""
    import json

    from flask import current_app

    from app.embed.openapi import document

    click.echo(json.dumps(document(current_app, "1"), ensure_ascii=False, indent=1, sort_keys=True))


@cli.command("backup")
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@with_app
def backup(target: Path) -> None:
    """Save store, files and key into one file, while the server goes on."""
    from app.backup import backup as save

    known = save(target)
    click.echo(f"{target}: {len(known['members'])} members at {known['made_at']}, revision {known['revision']}")


@cli.command("restore")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_app
def restore(source: Path) -> None:
    """Bring a backup back into an empty instance; then run `ventanilla db upgrade`."""
    from app.backup import restore as bring_back

    known = bring_back(source)
    click.echo(f"{source}: brought back, as of {known['made_at']}, revision {known['revision']}")


@cli.group("assets")
def assets_group() -> None:
    """What browsers load."""


@assets_group.command("build")
@with_app
def build_assets() -> None:
    """Join, minify and compress every element for this release; without it the files are served as they are."""
    from flask import current_app

    from app.embed.assets import Assets

    ventanilla = current_app.extensions["ventanilla"]
    assets: Assets = ventanilla.assets
    sizes = assets.build(ventanilla.settings.instance / "dist")
    click.echo(f"{assets.digest}: {len(sizes)} files, {sum(sizes.values())} bytes before compression")


@cli.command("worker")
@with_app
def worker() -> None:
    """Run jobs (mail, deadlines, clean-up) until stopped; any number may run side by side."""
    from flask import current_app

    app: Any = current_app
    app.extensions["ventanilla"].jobs.run_forever(app._get_current_object())


def main() -> None:
    """Run the command; a setting that can't be used is printed in one line."""
    from app.errors import DomainError

    try:
        _with_leaves().main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except DomainError as error:
        from app.words import t

        fields = "; ".join(f"{name}: {t(text, 'es')}" for name, texts in error.fields.items() for text in texts)
        click.echo(f"ventanilla: {t(error.message_key, 'es', **error.params)} {fields}".rstrip(), err=True)
        sys.exit(1)


def _with_leaves() -> click.Group:
    from widgets import ALL

    for widget in ALL:
        if widget.cli is not None:
            cli.add_command(widget.cli, widget.name)
    return cli


if __name__ == "__main__":
    main()
