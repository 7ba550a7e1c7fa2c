"""Survey: a typed set of questions to a representative sample (S0-5), that says how much its results can be trusted."""

from __future__ import annotations

from app.widget import Page, Widget
from widgets.survey import (
    counting,
    demo,
    exercises,
    exporting,
    following,
    hooks,
    pages,
    public,
    reading_console,
    report,
    service,
    telling,
)

WIDGET = Widget(
    name="survey",
    title_key="survey.page.title",
    owner="citizen",
    public=public.bp,
    pages=pages.bp,
    console=reading_console.bp,
    hooks=hooks.bp,
    boot=service.boot,
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
