"""Printed documents: one place that makes PDF/UA-1 (accessible) files with the site's heading and document control.

A new kind of document is four things:

1.  A template `app/templates/<room>/<name>.typ` (a leaf: `widgets/<leaf>/templates/<leaf>/<name>.typ`):

        #import "sheet.typ": *
        #show: sheet            // or: #show: sheet.with(wide: true)
        #heading(level: 1, frame.title)
        #facts(data.facts)      // ((label, text), …)
        #prose(data.body)       // paragraphs, line breaks and "- " lists as typed
        #grid-of(data.table)    // {"columns": [...], "rows": [[...]], "numbers": [1, 2]}
        #for one in data.charts { chart(one) }
        #seal()                 // QR and hashes, where it was issued
        #approval()             // elaboró, revisó, aprobó (S2-13)

    Everything a person may have typed comes in through `data`, as strings in the language of the document; never build
    markup. A chart is `Chart(svg, alt, caption, columns, rows)` put into data by `.to_dict()`: one without `alt` is
    refused, and its numbers stand below it as a table.

2.  `NAME = Template("semestral", ROOT / "app/templates/cases/semestral.typ", "INF-01")`, its default code last; in
    `Widget.documents` of a leaf, or in `app/documents/registry.py` for the trunk. Its title is the text
    `documents.forms.<name>` (a leaf: `<leaf>.documents.<name>`, named in `Template.title_key`). An administrator gives
    the form its own code, version, date and approval in the console (settings, "Formatos").

3.  One of two verbs:

        render(NAME, paper(NAME, site, title, lang), data)   -> bytes, now
        issue(NAME, site, title, lang, data, ...)            -> Issued, inside write(); a job makes the file

    `render` is for a report that somebody downloads: call it in the view, outside `write()` (12 to 60 ms). `issue` is
    for what leaves the entity: it takes a radicado de salida in the running transaction (never reused), freezes the
    data, and queues the job; the file then hangs on `source, source_id` like any file that was sent
    (`app.files.files_of`), and anybody verifies it at /<site>/verify/<code>, where nothing personal is shown: so
    `title` says what kind of document it is, and never about whom. `attachment(document_id)` is what
    `app.mail.outbox.enqueue` takes among `attachments`: the mail waits for its file.

4.  A test that renders it: `read(pdf)` of tests/documents/reading.py gives title, language, tags, alternative texts.

Where the extra `letters` is not installed, `render` raises DocumentsMissing (503, in plain words), `available()` is
False, and `issue` still takes the number: the job makes the file once it is installed.
"""

from app.documents.issuing import Issued, attachment, issue
from app.documents.paper import Approval, Chart, Control, Paper, Template, paper
from app.documents.rendering import DocumentsMissing, available, render

__all__ = [
    "Approval", "Chart", "Control", "DocumentsMissing", "Issued", "Paper", "Template", "attachment", "available",
    "issue", "paper", "render",
]  # fmt: skip
