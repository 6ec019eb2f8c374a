"""Whether what a configuration names is there."""

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import partial

import geopandas as gpd

from darkships.alerts.lists import read_list
from darkships.alerts.secrets import find_secret
from darkships.config.draft import Draft, Fault, Table
from darkships.config.lines import Place
from darkships.config.wording import where
from darkships.engine import open_engine
from darkships.errors import DarkshipsError
from darkships.feed.read import find_feeds
from darkships.positions.store import Store
from darkships.scores.model import load_model
from darkships.sites.watch import read_sites

Check = tuple[Place, Callable[[], object]]
"""A place in the file, and what raises if it names something that cannot be used."""


def faults_of(draft: Draft, environment: Mapping[str, str]) -> Iterator[Fault]:
    """Yield what a file names that cannot be used; what is wrong by itself is left out."""
    unread = list(_tried(_site_checks(draft)))
    yield from unread or _rule_faults(draft)
    yield from _tried(_checks(draft, environment))


def _tried(checks: Iterator[Check]) -> Iterator[Fault]:
    for place, check in checks:
        try:
            check()
        except DarkshipsError as error:
            yield Fault(place, f"{where(place)}{error}")


def _site_checks(draft: Draft) -> Iterator[Check]:
    sources = draft.sound.get("sites", ())
    several = isinstance(draft.raw.get("sites"), list)
    for number, source in enumerate(sources):
        yield ("sites", number) if several else ("sites",), partial(read_sites, source)


def _rule_faults(draft: Draft) -> Iterator[Fault]:
    """Yield the rules' sites of which no lead can be, and lists of sites that do not go together."""
    if "sites" not in draft.sound:
        return
    try:
        sites = read_sites(draft.sound["sites"])
    except DarkshipsError as error:
        yield Fault(("sites",), f"sites: {error}")
        return
    watched = sites[sites["role"] == "watch"]
    known, spelt = {*watched["site"], *watched["site_group"]}, _spellings(watched)
    origins = {*sites["site"], *sites["site_group"]} - known
    for rule in draft.tables("rule"):
        for number, name in enumerate(rule.sound.get("sites", ())):
            if name not in known:
                place = (*rule.place, "sites", number)
                why = "is only an origin" if name in origins else "is not watched"
                near = dict.fromkeys(spelt[other] for other in get_close_matches(name.casefold(), spelt, 3, 0.0))
                yield Fault(place, f"{where(place)}found {name!r}, which {why}; expected such as {', '.join(near)}")


def _spellings(sites: gpd.GeoDataFrame) -> dict[str, str]:
    """Return the names of sites and groups by what people may write instead: in other case, or another name."""
    found = {}
    for site, aliases in zip(sites["site"], sites["aliases"], strict=True):
        found.update({alias.strip().casefold(): site for alias in (aliases or "").split(";") if alias.strip()})
    return found | {name.casefold(): name for name in (*sites["site"], *sites["site_group"])}


def _checks(draft: Draft, environment: Mapping[str, str]) -> Iterator[Check]:
    """Yield the checks of all but the sites."""
    sound = draft.sound
    if "store" in sound:
        yield ("store",), partial(Store.planned, sound["store"])
    if "model" in sound:
        yield ("model",), partial(load_model, sound["model"])
    for feed in draft.tables("feed"):
        for number, path in enumerate(feed.sound.get("paths", ())):
            yield (*feed.place, "paths", number), partial(find_feeds, [path])
    for one in draft.tables("list"):
        if "file" in one.sound:
            yield (*one.place, "file"), partial(read_list, one.sound.get("name", ""), one.sound["file"])
    for target in draft.tables("target"):
        yield from _secret_checks(target, environment)
    engine = draft.section("engine")
    if len({"workers", "scheduler"} & engine.raw.keys()) == 1:
        yield engine.place, partial(_open, engine.sound.get("workers"), engine.sound.get("scheduler"))


def _secret_checks(target: Table, environment: Mapping[str, str]) -> Iterator[Check]:
    """Yield a check for each secret that comes from one place."""
    for secret in ("password", "url", "secret"):
        sources = [key for key in (f"{secret}_env", f"{secret}_file") if target.raw.get(key)]
        if len(sources) == 1 and sources[0] in target.sound:
            variable, file = target.sound.get(f"{secret}_env", ""), target.sound.get(f"{secret}_file")
            name = f"{secret} of {target.sound.get('name', 'a target')}"
            yield (
                (*target.place, sources[0]),
                partial(find_secret, name, variable=variable, file=file, environment=environment),
            )


def _open(workers: int | None, scheduler: str | None) -> None:
    with open_engine(workers, scheduler):
        pass
