"""What a listener that died left in the spool, for a run that takes in all there is."""

from collections.abc import Callable

from darkships.errors import FeedError
from darkships.feed.live.spool import SPOOL, SourceSpool, Spool
from darkships.listening.committer import Committed, Committer
from darkships.positions.store import Store

FOLDER = "run"
"""Of the spool: where what is left is put while it is taken in."""


def take_leftovers(store: Store, warn: Callable[[str], None]) -> Committed:
    """Take into the store what nobody receives any more; the files of a listener that runs are its own.

    Parameters
    ----------
    store
        The store.
    warn
        Told of files that cannot be read as any feed, which are set aside, and why nothing can be taken.

    Raises
    ------
    StoreError
        If the store is in use or cannot be written; what is left stays where it is.

    """
    spool = SourceSpool(Spool(store.path / SPOOL, limit_bytes=0), FOLDER, "")
    try:
        spool.claim()
    except FeedError as error:
        warn(f"what a listener left is not taken in now: {error}")
        return Committed()
    committer = Committer(store, warn)
    try:
        for segment in spool.leftovers():
            committer.take_in(segment)
    finally:
        spool.release()
    return committer.counts
