"""``darkships alert``: only what is new since the last time."""

from pathlib import Path

import click

from darkships.cli.run import config_option

NEW_ALERTS = 3


@click.command(epilog="Example: darkships alert --config darkships.toml --exit-code")
@config_option
@click.option("--exit-code", is_flag=True, help=f"Exit with {NEW_ALERTS} if something is new.")
@click.pass_context
def alert(ctx: click.Context, config_path: Path, exit_code: bool) -> None:
    """Print the leads of the last run that are new or changed since the last alert; silent when there are none."""
    from darkships.config import read_config
    from darkships.watchlist.alerts import alert_lines, mark_alerted, new_or_changed
    from darkships.watchlist.export import read_watchlist
    from darkships.watchlist.runs import require_latest

    config = read_config(config_path)
    watchlist = read_watchlist(require_latest(config.out) / "watchlist.parquet")
    state = config.out / "alerts.sqlite"
    news = new_or_changed(watchlist, state, min_probability=config.min_probability)
    for line in alert_lines(news):
        click.echo(line)
    mark_alerted(news, state)
    if exit_code and len(news):
        ctx.exit(NEW_ALERTS)
