"""Feeds: what a provider's bytes say, in one schema; what cannot be read goes to quarantine."""

from darkships.feed.dialects import known_formats
from darkships.feed.read import Feed, detect_format, find_feeds, open_feed

__all__ = ["Feed", "detect_format", "find_feeds", "known_formats", "open_feed"]
