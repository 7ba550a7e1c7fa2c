"""A municipality's website as a webmaster would have it: plain pages, hostile style sheets, and the counter's tags."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from flask import Flask, Response, abort, g, render_template, request
from flask.typing import ResponseReturnValue

from app.dates import datetime_words, short_date, time_words
from app.demo.cast import HOURS, MAIN
from app.demo.doors import HEARD
from app.demo.mailbox import PAGE, Box, part_bytes, parts_of, sent_at, text_of
from app.demo.press import add_press
from app.uploads import content_disposition
from app.words import pick_language, t

# Address: template, style sheet. Each style sheet is hostile in a way of its own.
PAGES = {
    "/": ("inicio.html", "reset.css"),
    "/atencion": ("atencion.html", "importante.css"),
    "/tramites": ("tramites.html", "nueve.css"),
    "/noticias": ("noticias.html", "marco.css"),
    "/participa": ("participa.html", "oscuro.css"),
    "/transparencia": ("transparencia.html", "tabla.css"),
    "/servicios-en-linea": ("servicios.html", "nueve.css"),
    "/servicios-publicos": ("acueducto.html", "importante.css"),
    "/politica-estricta": ("estricta.html", "reset.css"),
    "/sin-guiones": ("sin_guiones.html", "marco.css"),
    "/lado-a-lado": ("lado.html", "lado.css"),
}
# What the town hall's profile says, newest first: a post has no title, as on Mastodon.
POSTS = (
    "El sábado abre la ventanilla de 8 a 12: traiga el recibo del predial.",
    "La vía a la vereda El Roble ya tiene paso por los dos carriles.",
    "Cuéntenos qué parque quiere que se arregle primero, en la encuesta de nuestro sitio.",
)
STRICT = "/politica-estricta"
# Where each site's own pages begin.
HOST_PAGES = {MAIN: "/", HOURS: "/servicios-publicos"}
# What both link beside their notice on personal data.
PRIVACY = "/datos-personales"


def make_website(
    server: str, website: str, beside: str, mail: str, widgets: Sequence[tuple[str, str]], mark: str = ""
) -> Flask:
    """Return the website; `widgets` are the names and titles of all that have an element, `mark` proves whose it is."""
    site = Flask("demo_website", root_path=__file__.rpartition("/")[0], template_folder="site", static_folder=None)
    site.jinja_env.trim_blocks = site.jinja_env.lstrip_blocks = True
    box = Box(mail.removeprefix("maildir:")) if mail.startswith("maildir:") else Box("")
    shared = {
        "server": server, "website": website, "beside": beside, "widgets": widgets, "MAIN": MAIN, "HOURS": HOURS,
        "names": {name for name, _ in widgets}, "titles": dict(widgets),
    }  # fmt: skip

    @site.before_request
    def _language() -> None:
        g.lang = pick_language(request.args.get("lang"), "es")

    @site.context_processor
    def _shared() -> dict[str, Any]:
        return {**shared, "t": lambda key, **params: t(key, g.lang, **params), "lang": g.lang}

    add_press(site, website, mark)

    def show(template: str, style: str) -> Any:
        return lambda: render_template(template, style=style)

    for address, (template, sheet) in PAGES.items():
        site.add_url_rule(address, template, show(template, sheet))

    site.add_url_rule(PRIVACY, "datos", show("datos.html", "reset.css"))

    @site.after_request
    def _strictest(response: Response) -> Response:
        if request.path == STRICT:
            # Nothing but the counter's own host: what the strictest webmaster allows.
            response.headers["Content-Security-Policy"] = (
                "default-src 'none'; style-src 'self'; img-src 'self'; "
                f"script-src {server}; connect-src {server} {server.replace('http', 'ws', 1)}; base-uri 'none'; "
                "form-action 'none'; require-trusted-types-for 'script'; trusted-types lit-html"
            )
        return response

    @site.get("/escudo.svg")
    def shield() -> ResponseReturnValue:
        return Response(render_template("escudo.svg"), content_type="image/svg+xml")

    @site.get("/estilos/<name>.css")
    def style(name: str) -> ResponseReturnValue:
        known = {sheet for _, sheet in PAGES.values()} | {"buzon.css", "ventanillas.css"}
        if f"{name}.css" not in known:
            abort(404)
        return Response(render_template(f"estilos/{name}.css"), content_type="text/css; charset=utf-8")

    @site.get("/redes.rss")
    def posts() -> ResponseReturnValue:
        """What a network would tell of the town hall's profile there: the counter reads it, visitors do not."""
        ago = [datetime.now(UTC) - timedelta(hours=3 + 20 * place) for place in range(len(POSTS))]
        told = [(format_datetime(at), text) for at, text in zip(ago, POSTS, strict=True)]
        return Response(render_template("redes.rss.txt", posts=told), content_type="application/rss+xml")

    @site.post(HEARD)
    def document_manager() -> ResponseReturnValue:
        """What a document manager of the town hall would hear of cases; here it is only taken."""
        return "", 204

    @site.get("/buzon")
    def inbox() -> ResponseReturnValue:
        """The letters, fifty a page."""
        search, page = request.args.get("q", ""), max(1, request.args.get("p", 1, int))
        letters = box.letters(search)
        shown = letters[(page - 1) * PAGE : page * PAGE]
        more = len(letters) > page * PAGE
        return _sealed(
            render_template(
                "buzon.html", style="buzon.css", letters=shown, search=search, page=page, more=more,
                short=lambda at: f"{short_date(at, g.lang)}, {time_words(at, g.lang)}",
            )
        )  # fmt: skip

    @site.get("/buzon/<key>")
    def letter(key: str) -> ResponseReturnValue:
        message = box.message(key) or abort(404)
        return _sealed(
            render_template(
                "mensaje.html", style="buzon.css", key=key, message=message, text=text_of(message),
                at=datetime_words(sent_at(message), g.lang), parts=parts_of(message),
                headers=[(name, str(value)) for name, value in message.items()],
            )
        )  # fmt: skip

    @site.get("/buzon/<key>/<int:number>")
    def attachment(key: str, number: int) -> ResponseReturnValue:
        message = box.message(key) or abort(404)
        content = part_bytes(message, number)
        if content is None:
            abort(404)
        answer = _sealed(content)
        answer.content_type = "application/octet-stream"
        answer.headers["Content-Disposition"] = content_disposition(parts_of(message)[number].name)
        return answer

    return site


def _sealed(body: str | bytes) -> Response:
    """Return an answer in which nothing can run: what stands in a letter was written by anyone."""
    answer = Response(body, content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
