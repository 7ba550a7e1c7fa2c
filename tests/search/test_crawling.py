"""The host's website is read as far as it goes and no further, politely, and only when it is the site's own."""

from __future__ import annotations

import gzip
import io
import socketserver
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import dns.message
import dns.rrset
import pytest
import time_machine
from flask import Flask, Response, request

from app.clock import now
from app.db import db, write
from app.errors import DomainError, Forbidden, Invalid
from app.fetch import addresses
from app.search.crawl import crawler, frontier, hosts, reading, sitemaps, taking, visiting
from app.search.crawl.addresses import normal, pattern_of
from app.search.crawl.models import CrawlHost, CrawlPage
from app.systems import signing
from tests.conftest import Cast
from tests.content.conftest import Press
from tests.guest import served

pytest.importorskip("selectolax", reason="no crawler: pip install .[crawl]")
pytest.importorskip("protego", reason="no crawler: pip install .[crawl]")

Answer = str | Response | Callable[[], Any]


@dataclass
class Website:
    """A small website of a municipality, and what was asked of it."""

    url: str = ""
    pages: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def serve(self, path: str) -> Any:
        full = request.full_path.rstrip("?")
        self.asked.append(full)
        found = self.pages.get(full, self.pages.get(f"/{path}"))
        if found is None:
            return Response("no", 404)
        if callable(found) and not isinstance(found, Response):
            return found()
        if isinstance(found, Response):
            return found
        return Response(found, content_type="text/html; charset=utf-8")


def page(title: str, text: str = "Texto de la página.", *links: str, head: str = "") -> str:
    anchors = "".join(f'<a href="{link}">x</a>' for link in links)
    menu = "<nav>Menú de siempre</nav>"
    return f"<html lang=es><head><title>{title} | Alcaldía</title>{head}</head><body>{menu}<main><h1>{title}</h1><p>{text}</p>{anchors}</main><footer>Pie de siempre</footer></body></html>"  # noqa: E501


@pytest.fixture
def website() -> Iterator[Website]:
    site = Website()
    app = Flask("website")
    app.add_url_rule("/", "root", lambda: site.serve(""))
    app.add_url_rule("/<path:path>", "any", site.serve)
    with served(app) as url:
        site.url = url
        yield site


@pytest.fixture
def press(app: Flask, cast: Cast, website: Website) -> Press:
    ventanilla = app.extensions["ventanilla"]
    ventanilla.settings = replace(ventanilla.settings, crawl_allow=frozenset({website.url.removeprefix("http://")}))
    return Press(app, cast.staff("admin"), cast.tenjo)


@pytest.fixture
def host(press: Press, website: Website) -> int:
    """The website as a proved host of Tenjo."""
    made = hosts.add(press.staff, press.site, website.url)
    [(row, _)] = hosts.hosts(press.site)
    website.pages[hosts.FILE] = Response(row.token + "\n", content_type="text/plain")
    hosts.prove(press.staff, press.site, made)
    website.asked.clear()
    return made


def read(press: Press, host: int) -> dict[str, tuple[str, str]]:
    """Read the host to the end and return {path: (state, why)}."""
    crawler.begin(host)
    press.work()
    db.session.rollback()
    rows = db.session.query(CrawlPage).filter_by(host_id=host).all()
    return {"/" + row.url.split("/", 3)[3]: (row.state, row.why) for row in rows}


def test_pages_are_found_by_their_text_and_not_by_their_menus(press: Press, host: int, website: Website) -> None:
    website.pages |= {
        "/": page("Portada", "Bienvenidos.", "/tramites"),
        "/tramites": page("Trámites", "El certificado de estratificación."),
    }
    found = read(press, host)

    [hit] = the_hits(press, "estratificacion")
    assert (hit.title, hit.url, hit.kind) == ("Trámites", f"{website.url}/tramites", "page")
    assert the_hits(press, "menú") == []
    assert found["/tramites"] == ("indexed", "")


def the_hits(press: Press, text: str) -> Any:
    return list(press.app.extensions["ventanilla_index"].engine.query("tenjo", text).hits)


def test_robots_noindex_canonical_and_twins_are_respected_and_said(press: Press, host: int, website: Website) -> None:
    website.pages |= {
        "/robots.txt": Response("User-agent: *\nDisallow: /privado", content_type="text/plain"),
        "/": page("Portada", "Hola.", "/privado/x", "/oculta", "/copia", "/otra?utm_source=a", "/imprimir"),
        "/oculta": page("Oculta", "Secreta.", head='<meta name="robots" content="noindex">'),
        "/otra": page("Otra", "Palabra rara zurriago."),
        "/copia": page("Otra", "Palabra rara zurriago."),
        "/imprimir": page("Imprimir", "Versión.", head='<link rel="canonical" href="/otra">'),
    }
    found = read(press, host)

    assert found["/privado/x"] == ("skipped", "robots")
    assert found["/oculta"] == ("skipped", "noindex")
    assert found["/imprimir"] == ("skipped", "canonical")
    assert sorted(found[path] for path in ("/otra", "/copia")) == [("indexed", ""), ("skipped", "twin")]
    assert "/privado/x" not in website.asked
    assert len(the_hits(press, "zurriago")) == 1


def test_robots_that_fail_leave_all_as_it_was_and_robots_that_forbid_take_it_away(
    press: Press, host: int, website: Website, caplog: pytest.LogCaptureFixture
) -> None:
    website.pages["/"] = page("Portada", "Palabra zurriago.")
    read(press, host)
    website.asked.clear()
    website.pages["/robots.txt"] = Response("x", 503)
    with time_machine.travel(now() + timedelta(days=1)):
        read(press, host)
        down = len(the_hits(press, "zurriago"))
    website.pages["/robots.txt"] = Response("User-agent: *\nDisallow: /", content_type="text/plain")
    with time_machine.travel(now() + timedelta(days=1, hours=1)):
        crawler.begin_due({})
        press.work()

    assert (down, the_hits(press, "zurriago")) == (1, [])
    assert website.asked == ["/robots.txt", "/robots.txt"]
    assert [host.note for host, _ in hosts.hosts(press.site)] == ["robots-forbid"]
    assert _said(caplog, f"{website.url}/robots.txt", "it answered 503")
    assert _said(caplog, f"{website.url}/robots.txt", "forbids the front page")


def test_a_sitemap_of_sitemaps_of_itself_is_read_once_and_what_it_lists_is_no_trap(
    press: Press, host: int, website: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frontier, "MOST_OF_A_PATTERN", 0)
    listed = f"<urlset><url><loc>{website.url}/sola</loc></url><url><loc>http://malo.example/x</loc></url></urlset>"
    index = f"<sitemap><loc>{website.url}/mapa.xml.gz</loc></sitemap><sitemap><loc>{website.url}/a.xml</loc></sitemap>"
    website.pages |= {
        "/robots.txt": Response("Sitemap: /mapa.xml.gz\nSitemap: http://malo.example/s.xml"),
        "/sola": page("Sola", "Nadie la enlaza: perdigón."),
        "/mapa.xml.gz": Response(gzip.compress(f"<sitemapindex>{index}</sitemapindex>".encode())),
        "/a.xml": Response(listed, content_type="application/xml"),
    }
    read(press, host)

    assert len(the_hits(press, "perdigón")) == 1
    assert website.asked.count("/mapa.xml.gz") == website.asked.count("/a.xml") == 1


def test_a_calendar_without_end_is_left(
    press: Press, host: int, website: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frontier, "MOST_OF_A_PATTERN", 5)
    monkeypatch.setattr(frontier, "MOST_DEPTH", 100)

    def calendar() -> str:
        number = int(request.args.get("mes", "0"))
        return page(f"Mes {number}", f"Mes {number}.", f"/calendario?mes={number + 1}", f"/c/{number}/x")

    website.pages |= {"/": page("Portada", "Hola.", "/calendario?mes=1"), "/calendario": calendar}
    read(press, host)

    assert len([one for one in website.asked if one.startswith("/calendario")]) == 5


def test_what_stands_too_deep_or_is_a_sitemap_of_itself_is_said(
    press: Press, host: int, website: Website, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(frontier, "MOST_DEPTH", 1)
    website.pages |= {
        "/": page("Portada", "Hola.", "/a"), "/a": page("A", "Uno.", "/b", "/"), "/b": page("B", "Dos."),
        "/sitemap.xml": f"<sitemapindex><sitemap><loc>{website.url}/sitemap.xml</loc></sitemap></sitemapindex>",
    }  # fmt: skip
    with caplog.at_level("INFO", "ventanilla.crawl"):
        found = read(press, host)

    assert (found["/a"][0], "/b" in found) == ("indexed", False)
    assert _said(caplog, f"{website.url}/b", "stands more than 1 links from the front page, and is not read")
    assert _said(caplog, f"{website.url}/sitemap.xml", "names itself")


def to(where: str) -> Response:
    return Response("", 302, {"Location": where})


def endless(told: dict[str, str], sent: list[int]) -> Response:
    """Two gigabytes that call themselves a PDF, and count how far they got."""

    def chunks() -> Iterator[bytes]:
        for _ in range(2**11):
            sent[0] += 2**20
            yield b"%PDF-" + bytes(2**20 - 5)

    return Response(chunks(), content_type="application/pdf", headers=told)


def test_whatever_a_site_does_wrong_is_survived_and_said_in_the_log(
    press: Press, host: int, website: Website, caplog: pytest.LogCaptureFixture
) -> None:
    told, silent = [0], [0]
    bomb = gzip.compress(bytes(30 * 2**20))
    latin = page("Educación", "La niñez de Tenjo.").encode("latin-1")
    wrong: dict[str, tuple[Answer, str, str]] = {
        "/circulo": (to("/vuelta"), "fetch-too-many-redirects", "its redirects have no end"),
        "/fuera": (to("https://malo.example/"), "elsewhere", "it leads to another site"),
        "/dentro": (to("http://169.254.169.254/latest"), "address-refused", "not of the open internet"),
        "/numero": (to("http://2130706433/"), "address-refused", "not of the open internet"),
        "/mapeada": (to("http://[::ffff:7f00:1]/"), "address-refused", "not of the open internet"),
        "/dos-gigas": (endless({"Content-Length": str(2**31)}, told), "fetch-too-large", "larger than 10 MB"),
        "/sin-medida": (endless({}, silent), "fetch-too-large", "larger than 10 MB"),
        "/bomba": (Response(bomb, headers={"Content-Encoding": "gzip"}), "fetch-too-large", "20 MB unpacked"),
        "/roto": (Response(b"x", headers={"Content-Encoding": "gzip"}), "fetch-failed", "as HTTP asks"),
        "/caido": (Response("x", 500), "status", "answered with an error"),
        "/borrado": (Response("x", 410), "gone", "404 or 410"),
    }
    website.pages |= {path: answer for path, (answer, _, _) in wrong.items()} | {
        "/vuelta": to("/circulo"),
        "/": page("Portada", "Hola.", *wrong, "/latina", "/nulo.docx"),
        "/latina": Response(latin, content_type="text/html; charset=utf-8"),
        "/nulo.docx": Response(docx("Acta\0 del cabildo"), content_type="application/octet-stream"),
    }
    with caplog.at_level("INFO", "ventanilla.crawl"):
        found = read(press, host)

    assert {path: found[path] for path in wrong} == {
        path: ("gone" if why == "gone" else "failed", why) for path, (_, why, _) in wrong.items()
    }
    unsaid = [path for path, (_, _, text) in wrong.items() if not _said(caplog, website.url + path, text)]
    assert unsaid == []
    assert _said(caplog, website.url + "/latina", "says that it is utf-8 and is not")
    assert [hit.title for hit in the_hits(press, "niñez")] == ["Educación"]
    assert [hit.title for hit in the_hits(press, "cabildo")] == ["Acta del cabildo"]
    assert told[0] < 8 * 2**20 and silent[0] < 32 * 2**20


def _said(caplog: pytest.LogCaptureFixture, url: str, text: str) -> bool:
    return any(url in line and text in line for line in caplog.messages)


def test_a_host_that_becomes_our_own_machine_the_second_time_is_not_asked(
    press: Press, website: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, dialled = [["93.184.216.34"], ["127.0.0.1"]], list[str]()
    port = int(website.url.rpartition(":")[2])

    def dial(address: str, _port: int, timeout_s: float) -> Any:
        dialled.append(address)
        return addresses.dial("127.0.0.1", port, timeout_s)

    monkeypatch.setattr(visiting, "resolve", lambda *_: answers.pop(0) if len(answers) > 1 else answers[0])
    monkeypatch.setattr(visiting, "dial", dial)
    with write():
        db.session.add(CrawlHost(site_id=press.site, origin="http://rebind.example", token="x", proved_at=now()))
    [(row, _)] = hosts.hosts(press.site)

    assert read(press, row.id)["/"] == ("failed", "address-refused")
    assert (dialled, website.asked) == (["93.184.216.34"], ["/robots.txt"])


def test_a_page_that_nobody_foresaw_does_not_hold_up_the_round(
    press: Press, host: int, website: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    website.pages |= {"/": page("Portada", "Hola.", "/rara", "/sana"), "/rara": page("Rara"), "/sana": page("Sana")}
    real = reading.read_html

    def breaks(body: bytes, *rest: str) -> reading.Page:
        if b"Rara" in body:
            raise AssertionError
        return real(body, *rest)

    monkeypatch.setattr(reading, "read_html", breaks)
    found = read(press, host)

    assert (found["/rara"], found["/sana"]) == (("failed", "error"), ("indexed", ""))


def test_links_are_read_from_where_the_page_says_that_they_stand(press: Press, host: int, website: Website) -> None:
    base = f'<base href="{website.url}/portal/index.php">'
    website.pages |= {
        "/": page("Portada", "Hola.", "tramites", head=base),
        "/portal/tramites": page("Trámites", "Palabra alcabala."),
    }
    read(press, host)

    assert [hit.url for hit in the_hits(press, "alcabala")] == [f"{website.url}/portal/tramites"]


def test_a_page_unchanged_is_not_sent_again_and_one_gone_twice_is_dropped(
    press: Press, host: int, website: Website
) -> None:
    def steady() -> Response:
        if request.headers.get("If-None-Match") == '"v1"':
            return Response(status=304)
        return Response(page("Fija", "Palabra cañaduzal."), content_type="text/html", headers={"ETag": '"v1"'})

    website.pages |= {
        "/": page("Portada", "Hola.", "/fija", "/breve"),
        "/fija": steady,
        "/breve": page("Breve", "Zis."),
    }
    read(press, host)
    del website.pages["/breve"]
    again = read(press, host)
    still = len(the_hits(press, "zis"))
    last = read(press, host)

    assert again["/fija"] == ("indexed", "") and len(the_hits(press, "cañaduzal")) == 1
    assert still == 1
    assert last["/breve"] == ("gone", "gone") and the_hits(press, "zis") == []


def written_pdf(text: str) -> bytes:
    """Return a PDF of one page with a line of text."""
    stream = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode()
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body = b"".join(b"%d 0 obj%sendobj\n" % (number, part) for number, part in enumerate(parts, 1))
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R/Size 6>>\n%%EOF"


def docx(text: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("word/document.xml", f"<w:p><w:t>{text}</w:t></w:p>")
    return made.getvalue()


def test_documents_are_read_and_broken_ones_are_said(press: Press, host: int, website: Website) -> None:
    website.pages |= {
        "/": page("Portada", "Hola.", "/acta.docx", "/roto.pdf", "/datos.bin", "/plan-de-desarrollo.pdf"),
        "/acta.docx": Response(docx("Acta del cabildo abierto"), content_type="application/octet-stream"),
        "/roto.pdf": Response(b"%PDF-1.4 nothing", content_type="application/pdf"),
        "/datos.bin": Response(b"\x00\x01", content_type="application/octet-stream"),
        "/plan-de-desarrollo.pdf": Response(written_pdf("Plan de vias terciarias"), content_type="application/pdf"),
    }
    found = read(press, host)

    assert [hit.kind for hit in the_hits(press, "cabildo")] == ["document"]
    assert [hit.title for hit in the_hits(press, "terciarias")] == ["plan de desarrollo"]
    assert found["/roto.pdf"] == ("skipped", "unreadable")
    assert found["/datos.bin"] == ("skipped", "type")


def test_a_killed_round_goes_on_where_it_was(
    press: Press, host: int, website: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    website.pages["/"] = page("Portada", "Hola.", *[f"/p{letter}" for letter in "abcdef"])
    website.pages |= {f"/p{letter}": page(f"Página {letter}", f"Texto {letter * 5}.") for letter in "abcdef"}
    real, left = taking.take, [4]

    def dies(*args: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise SystemExit
        real(*args)

    monkeypatch.setattr(taking, "take", dies)
    crawler.begin(host)
    with pytest.raises(SystemExit):
        press.work()
    while crawler.step(host):
        pass

    db.session.rollback()
    states = [row.state for row in db.session.query(CrawlPage).filter_by(host_id=host, kind="page")]
    assert states == ["indexed"] * 7


def test_a_site_is_asked_once_a_delay_however_often_it_is_told_to_be_read(
    press: Press, host: int, website: Website
) -> None:
    website.pages |= {
        "/robots.txt": Response("User-agent: *\nCrawl-delay: 5"),
        "/": page("Portada", "Hola.", *[f"/p{letter}" for letter in "abcdef"]),
    }
    with time_machine.travel(now(), tick=False) as clock:
        read(press, host)
        clock.shift(timedelta(seconds=1))
        for letter in "abc":
            crawler.read_now(host, f"{website.url}/p{letter}")
        crawler.begin(host)
        press.work()
        asked = []
        for _ in range(3):
            website.asked.clear()
            clock.shift(timedelta(seconds=5))
            press.work()
            asked.append(len(website.asked))

    assert asked == [1, 1, 1]


# Whose host it is


def test_nothing_is_read_of_a_host_that_is_not_proved(press: Press, website: Website) -> None:
    website.pages["/"] = page("Portada")
    made = hosts.add(press.staff, press.site, website.url)
    with pytest.raises(Invalid):
        hosts.prove(press.staff, press.site, made)
    website.asked.clear()

    assert crawler.begin(made) is False
    with pytest.raises(DomainError):
        hosts.start(press.staff, press.site, made)
    assert website.asked == []


def test_a_host_is_proved_by_a_line_on_its_front_page(press: Press, website: Website) -> None:
    made = hosts.add(press.staff, press.site, website.url)
    [(row, _)] = hosts.hosts(press.site)
    website.pages["/"] = page("Portada", head=f'<meta name="ventanilla-site" content="{row.token}">')

    assert hosts.prove(press.staff, press.site, made) == "meta"


def test_a_host_is_proved_by_a_record_of_the_dns(
    press: Press, website: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolver = pytest.importorskip("dns.resolver", reason="no DNS: pip install .[crawl]")
    made = hosts.add(press.staff, press.site, website.url)
    [(row, _)] = hosts.hosts(press.site)
    token, asked = row.token, list[bytes]()

    class Names(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            query = dns.message.from_wire(self.request[0])
            asked.append(str(query.question[0].name).encode())
            answer = dns.message.make_response(query)
            said = f'"v=spf1 -all" "ventanilla-site={token}"' if len(asked) > 1 else '"ventanilla-site=other"'
            records = [f'"{text}"' for text in said.strip('"').split('" "')]
            answer.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "TXT", *records))
            self.request[1].sendto(answer.to_wire(), self.client_address)

    with socketserver.UDPServer(("127.0.0.1", 0), Names) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ours = resolver.Resolver(configure=False)
        ours.nameservers, ours.port = ["127.0.0.1"], server.server_address[1]
        monkeypatch.setattr(resolver, "default_resolver", ours)
        with pytest.raises(Invalid):
            hosts.prove(press.staff, press.site, made)
        proved = hosts.prove(press.staff, press.site, made)
        server.shutdown()

    assert proved == "dns"
    assert asked == [b"_ventanilla.127.0.0.1."] * 2


def test_a_host_that_leads_to_its_www_is_told_so(press: Press, website: Website) -> None:
    made = hosts.add(press.staff, press.site, website.url)
    website.pages["/"] = to("https://www.tenjo.example/")

    with pytest.raises(Invalid) as refused:
        hosts.prove(press.staff, press.site, made)
    assert (refused.value.message_key, refused.value.params) == ("crawl.leads_elsewhere", {"host": "www.tenjo.example"})


def test_the_mark_of_another_site_proves_nothing(press: Press, website: Website, cast: Cast) -> None:
    made = hosts.add(press.staff, press.site, website.url)
    other = hosts.add(cast.staff("olga"), cast.other, website.url)
    [(row, _)] = hosts.hosts(cast.other)
    website.pages[hosts.FILE] = Response(row.token)

    with pytest.raises(Invalid):
        hosts.prove(press.staff, press.site, made)
    assert hosts.prove(cast.staff("olga"), cast.other, other) == "file"


@pytest.mark.parametrize(
    "origin",
    ["http://2130706433/", "http://[::ffff:7f00:1]/x", "http://[::ffff:7f00:1]/", "http://127.0.0.1", "http://[::1",
     f"http://{'ñ' * 80}.co", "ftp://a.example", "http://a.example:8080", "javascript:alert(1)", "",
     "https://a.example/path"],
)  # fmt: skip
def test_an_address_that_is_none_cant_be_added(press: Press, origin: str) -> None:
    with pytest.raises(DomainError):
        hosts.add(press.staff, press.site, origin)


def test_an_address_that_was_refused_stays_in_its_field(sign_in: Any, press: Press) -> None:
    answer = sign_in("web").client.post("/console/tenjo/search/sites", data={"origin": "http://10.0.0.1/"})

    assert answer.status_code == 422
    assert 'value="http://10.0.0.1/"' in answer.text
    assert "La dirección 10.0.0.1 no es de un sitio público de internet." in answer.text


@pytest.mark.parametrize("origin", ["http://127.0.0.1", "http://[::1]", "http://localhost", "http://10.0.0.1"])
def test_our_own_network_is_never_asked(press: Press, origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visiting, "dial", lambda *_: pytest.fail("dialled"))
    with pytest.raises(DomainError):
        made = hosts.add(press.staff, press.site, origin)
        hosts.prove(press.staff, press.site, made)


def test_a_signed_ping_reads_a_page_at_once_and_no_other_does(press: Press, host: int, website: Website) -> None:
    robots = Response("User-agent: *\nDisallow: /privado")
    website.pages |= {"/": page("Portada"), "/nueva": page("Nueva", "Palabra trasquilador."), "/robots.txt": robots}
    [(row, _)] = hosts.hosts(press.site)
    url = f"{website.url}/nueva"
    signed = signing.headers_of(hosts.ping_key(row), "msg_1", url.encode())
    door, client = f"/hooks/search/published/{host}", press.app.test_client()
    forged = client.post(door, data=url, headers=signed | {signing.SIGNATURE: "v1,AAAA"})
    other = client.post(door, data=f"{url}?otra", headers=signed)
    with time_machine.travel(now() + timedelta(minutes=6)):
        old = client.post(door, data=url, headers=signed)
    taken = client.post(door, data=url, headers=signed)
    press.work()

    assert [one.status_code for one in (forged, other, old, taken)] == [403, 403, 403, 202]
    assert website.asked[0] == "/robots.txt"
    assert len(the_hits(press, "trasquilador")) == 1
    with pytest.raises(Forbidden):
        hosts.ping(host + 1, url.encode(), signed)


def test_the_console_says_what_was_left_out_and_why(sign_in: Any, press: Press, host: int, website: Website) -> None:
    website.pages |= {"/": page("Portada", "Hola.", "/nada")}
    read(press, host)
    shown = sign_in("web").get("/search/sites").text

    assert f"{website.url}/nada" in shown
    assert "Ya no existe (404 o 410)." in shown
    assert sign_in("ana").get("/search/sites").status_code == 403
    assert sign_in("olga").client.get("/console/tenjo/search/sites").status_code == 404


def test_a_site_that_is_removed_is_found_no_more(sign_in: Any, press: Press, host: int, website: Website) -> None:
    website.pages["/"] = page("Portada", "Palabra zurriago.")
    read(press, host)
    before = len(the_hits(press, "zurriago"))
    refused = sign_in("ana").post(f"/search/sites/{host}/remove", {})
    sign_in("web").post(f"/search/sites/{host}/remove", {})
    press.work()

    assert (before, refused.status_code) == (1, 403)
    assert the_hits(press, "zurriago") == [] and hosts.hosts(press.site) == []


# Pieces


def test_a_bomb_of_a_sitemap_is_cut() -> None:
    bomb = gzip.compress(b"<urlset>" + b" " * 60_000_000)

    assert len(sitemaps.unpacked(bomb)) <= sitemaps.MOST_BYTES


@pytest.mark.parametrize(
    "body", [b"", b"<", b"<html", b"\xff\xfe\x00", b"<main>" * 5000, b"<title>x</title><base href=//e>"]
)
def test_whatever_calls_itself_html_is_survived(body: bytes) -> None:
    assert isinstance(reading.read_html(body, "text/html; charset=klingon").text, str)


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04rubbish", docx("<!ENTITY" * 10)])
def test_whatever_calls_itself_a_document_is_survived(body: bytes) -> None:
    found = reading.read_office(body, "docx")

    assert found is None or isinstance(found.text, str)


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("b?utm_source=x&id=3#top", "https://a.example/x/b?id=3"),
        ("../c/", "https://a.example/c/"),
        ("https://A.example/d", "https://a.example/d"),
        ("//malo.example/", None),
        ("foto.JPG", None),
        ("/r/r/r/r", None),
        ("mailto:x@y.z", None),
        ("http://[", None),
        ("/" + "a" * 2000, None),
    ],
)
def test_a_link_has_one_spelling(link: str, address: str | None) -> None:
    assert normal(link, "https://a.example/x/y", "https://a.example") == address


def test_pages_that_differ_by_number_are_one_pattern() -> None:
    assert pattern_of("https://a.example/n/12?mes=3") == pattern_of("https://a.example/n/7?mes=11") == "/n/0?mes"
