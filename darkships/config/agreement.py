"""What the values of a darkships.toml must be to each other."""

from collections.abc import Iterator
from dataclasses import fields

from darkships.config.alerting import TARGETS
from darkships.config.draft import Draft, Fault
from darkships.config.wording import where


def disagreements(draft: Draft) -> Iterator[Fault]:
    """Yield what cannot be together."""
    yield from _folders(draft)
    yield from _names(draft)
    yield from _lists(draft)
    yield from _maps(draft)
    yield from _secrets(draft)
    engine = draft.section("engine")
    if {"workers", "scheduler"} <= engine.raw.keys():
        what = "workers starts processes here, scheduler uses others: expected one of them"
        yield Fault((*engine.place, "scheduler"), f"engine: {what}")


def _folders(draft: Draft) -> Iterator[Fault]:
    """Refuse outputs in the store's folder, which holds nothing but the store."""
    store, out = draft.sound.get("store"), draft.sound.get("out")
    if store and out and out.resolve().is_relative_to(store.resolve()):
        yield Fault(("out",), f"out: found {out}, which is in the store {store}; expected a folder outside of it")


def _names(draft: Draft) -> Iterator[Fault]:
    for kind in ("list", "target"):
        seen = set()
        for table in draft.tables(kind):
            name = table.sound.get("name")
            if name in seen:
                what = f"two [[{kind}]] are called {name!r}; expected a name of its own for each"
                yield Fault((*table.place, "name"), where(table.place) + what)
            elif name:
                seen.add(name)


def _lists(draft: Draft) -> Iterator[Fault]:
    known = sorted({str(table.raw["name"]) for table in draft.tables("list") if "name" in table.raw})
    for rule in draft.tables("rule"):
        for number, name in enumerate(rule.sound.get("lists", ())):
            if name not in known:
                place = (*rule.place, "lists", number)
                yield Fault(place, f"{where(place)}found {name!r}, expected the name of a [[list]]: {known}")


def _maps(draft: Draft) -> Iterator[Fault]:
    for feed in draft.tables("feed"):
        if column_map := dict(feed.sound.get("map", ())):
            from darkships.feed.binding import faults_of_map  # brings all readers, and few configurations have a map

            for key, what in faults_of_map(column_map):
                place = (*feed.place, "map", key) if key else (*feed.place, "map")
                yield Fault(place, f"{where(feed.place)}map {what}")


def _secrets(draft: Draft) -> Iterator[Fault]:
    """Refuse a secret that comes from nowhere, or from two places."""
    for target in draft.tables("target"):
        kind = TARGETS.get(str(target.raw.get("kind")))
        keys = [field.name for field in fields(kind)] if kind else []
        for secret in (key.removesuffix("_env") for key in keys if key.endswith("_env")):
            given = [source for source in ("env", "file") if target.raw.get(f"{secret}_{source}")]
            is_needed = secret != "password" or target.raw.get("user")  # noqa: S105  no password, a name
            if len(given) > 1 or (is_needed and not given):
                yield Fault(target.place, f"{where(target.place)}expected one of {secret}_env and {secret}_file")
