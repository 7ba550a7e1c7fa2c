"""Survey: a typed set of questions to a representative sample (S0-5), that says how much its results can be trusted."""

from __future__ import annotations

from app.widget import Page, Widget
from widgets.survey import (
    building_console,
    closing_console,
    console,
    counting,
    demo,
    exercises,
    exporting,
    exports_console,
    following,
    hooks,
    pages,
    public,
    reading_console,
    report,
    service,
    showing,
    slips_console,
    targets_console,
    telling,
)

# Each hangs its pages on the first one's blueprint.
CONSOLE = (console, building_console, slips_console, targets_console, reading_console, exports_console, closing_console)

WIDGET = Widget(
    name="survey",
    title_key="survey.page.title",
    owner="citizen",
    public=public.bp,
    pages=pages.bp,
    console=CONSOLE[0].bp,
    hooks=hooks.bp,
    boot=showing.boot,
    navigation=(Page("survey.console.title", "survey.index", service.READ, "forms", "take_part"),),
    roles={
        "surveys.read": ("service_officer", "communications", "administrator", "auditor"),
        "surveys.write": ("communications", "administrator"),
    },
    jobs={
        "survey.close_due": service.close_due,
        exporting.JOB: exporting.make,
        "survey.forget_exports": exporting.forget,
        "survey.keep_counts": counting.keep_due,
        "survey.tell": following.tell_due,
        "survey.purge": following.FOLLOWING.purge,
    },
    every={
        "survey.close_due": 300,
        "survey.forget_exports": 86_400,
        "survey.keep_counts": 60,
        "survey.tell": 300,
        "survey.purge": 86_400,
    },
    subscribers={"mail.bounced": following.FOLLOWING.heed},
    feed_entries=telling.feed_entries,
    documents=(report.REPORT,),
    exercises=exercises.EXERCISES,
    offers=telling.offers,
    demo=demo.fill,
)
