"""Whether what a configuration names is there."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from darkships.alerts.lists import read_list
from darkships.alerts.secrets import secrets_of
from darkships.config import Config, EngineConfig
from darkships.engine import open_engine
from darkships.errors import DarkshipsError
from darkships.feed.read import find_feeds
from darkships.positions.store import Store
from darkships.scores.model import load_model
from darkships.sites.watch import read_sites

if TYPE_CHECKING:
    from collections.abc import Callable


def faults_of(config: Config, environment: Mapping[str, str]) -> list[str]:
    """Return a sentence for each thing that a configuration names and that cannot be used."""
    checks: list[Callable[[], object]] = [partial(read_sites, config.sites), partial(Store.planned, config.store)]
    checks += [partial(find_feeds, [path]) for feed in config.feeds for path in feed.paths]
    checks += [partial(read_list, one.name, one.file) for one in config.lists]
    checks += [partial(secrets_of, target, environment) for target in config.targets]
    checks += [partial(load_model, config.model), partial(_open, config.engine)]
    faults = []
    for check in checks:
        try:
            check()
        except DarkshipsError as error:
            faults.append(str(error))
    return faults


def _open(engine: EngineConfig) -> None:
    with open_engine(engine.workers, engine.scheduler):
        pass
