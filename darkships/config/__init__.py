"""darkships.toml to a frozen configuration; every error is told at once, with its line."""

from darkships.config.reading import read_config
from darkships.config.settings import Config, EngineConfig, FeedConfig

__all__ = ["Config", "EngineConfig", "FeedConfig", "read_config"]
