"""darkships.toml to a frozen configuration; every error is told at once, with its line."""

from darkships.config.reading import read_config
from darkships.config.settings import Config, FeedConfig

__all__ = ["Config", "FeedConfig", "read_config"]
