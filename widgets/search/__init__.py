"""Search of the municipality's site: pages, news, procedures and frequent questions in one box (S0-1)."""

from __future__ import annotations

from app.widget import Page, Widget
from widgets.search import demo, hooks, pages, public, service, sites

WIDGET = Widget(
    name="search",
    title_key="search.page.title",
    owner="communications",
    public=public.bp,
    pages=pages.bp,
    console=sites.bp,
    hooks=hooks.bp,
    boot=service.boot,
    navigation=(Page("search.console.title", "search.desk", "search.manage", "search", "publish"),),
    demo=demo.fill,
)
