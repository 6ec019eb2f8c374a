"""``darkships listen``."""

import os
from pathlib import Path

import click

from darkships.cli.common import Box, StorePlace, say

_GIB = 1024**3


@click.command(epilog="Example: darkships listen tcp://127.0.0.1:5631 udp://:10110 --store my-store")
@click.argument("urls", metavar="URL...", nargs=-1, required=True)
@click.option(
    "--store", "store_path", type=StorePlace(), required=True,
    help="Store folder; made if it does not exist.",
)  # fmt: skip
@click.option("--receiver", default="unknown", show_default=True, help="terrestrial, satellite, vessel or unknown.")
@click.option(
    "--commit-every-s", type=click.IntRange(1, 86_400), default=60, show_default=True,
    help="Commit what came so often.",
)  # fmt: skip
@click.option(
    "--commit-rows", type=click.IntRange(1, 10**9), default=100_000, show_default=True,
    help="... or once there are so many lines.",
)  # fmt: skip
@click.option("--bbox", "boxes", type=Box(), multiple=True, help="Ask WebSocket servers for this box; repeatable.")
@click.option("--message-type", "message_types", multiple=True, help="... for this type, as aisstream.io names it.")
@click.option("--key-env", help="Environment variable with the API key for them. [default: AISSTREAM_API_KEY]")
@click.option(
    "--idle-s", type=click.IntRange(1, 86_400), default=300, show_default=True,
    help="Connect anew after such a silence.",
)  # fmt: skip
@click.option(
    "--max-connections", type=click.IntRange(1, 100_000), default=100, show_default=True,
    help="Receivers connected to one tcp-listen://.",
)  # fmt: skip
@click.option(
    "--spool-limit-gib", type=click.IntRange(1, 1_000_000), default=10, show_default=True,
    help="Let senders wait while so much is not in the store.",
)  # fmt: skip
@click.option(
    "--metrics-every-s", type=click.IntRange(0, 86_400), default=60, show_default=True,
    help="Tell counts on stderr so often; 0: never.",
)  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Tell only what needs a person.")
def listen(
    urls: tuple[str, ...],
    store_path: Path,
    receiver: str,
    commit_every_s: int,
    commit_rows: int,
    boxes: tuple[tuple[float, float, float, float], ...],
    message_types: tuple[str, ...],
    key_env: str | None,
    idle_s: int,
    max_connections: int,
    spool_limit_gib: int,
    metrics_every_s: int,
    quiet: bool,
) -> None:
    """Receive live feeds into a store until SIGTERM or Ctrl-C; a second signal stops at once.

    URL is tcp://host:port (connect), tcp-listen://[host]:port (receivers connect here), udp://[host]:port, or ws:// and
    wss:// (aisstream.io and its like). What is received is on disk at once and survives a crash of the program.
    """
    from darkships.feed.live.receiver import Limits
    from darkships.listening import Settings
    from darkships.listening import listen as receive

    settings = Settings(
        receiver, commit_every_s, commit_rows, metrics_every_s, spool_limit_gib * _GIB,
        Limits(idle_s, max_connections), boxes, message_types, key_env,
    )  # fmt: skip
    receive(urls, store_path, settings, environment=os.environ, note=(lambda _: None) if quiet else say, warn=say)
