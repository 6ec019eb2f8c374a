"""A configured watch in a folder of its own, as cron runs it: feed, store, outputs."""

import json

import world

OUTPUTS = {
    "watchlist.csv", "watchlist.parquet", "watchlist.geojson", "images.geojson", "gaps.parquet", "gaps.geojson",
    "paths.parquet", "paths.geojson", "visits.parquet", "vessels.parquet", "flags.parquet", "outages.csv",
}  # fmt: skip


class Watch:
    """A configured folder of a watch: feed, store, out."""

    def __init__(self, root, sites_file, invoke, **settings):
        self.root, self.invoke = root, invoke
        (root / "feed").mkdir(parents=True)
        self.sites_file = sites_file
        self.configure(**settings)

    def configure(self, paths=("feed",), **settings):
        known = {"store": "store", "out": "out", "sites": str(self.sites_file), "min_probability": 0.0, **settings}
        lines = [f"{name} = {json.dumps(value)}" for name, value in known.items()]
        lines += [f"[[feed]]\npaths = {json.dumps([str(path)])}" for path in paths]
        (self.root / "darkships.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def bring(self, *names):
        for name in names:
            (self.root / "feed" / name).write_text(world.days()[name], encoding="utf-8")

    def run(self, *options, code=0):
        result = self.invoke("run", "--config", self.root / "darkships.toml", *options, code=code)
        self.told = result.stdout.splitlines()
        return result.stderr

    def alert(self, *options, code=0):
        result = self.invoke("alert", "--config", self.root / "darkships.toml", *options, code=code)
        assert result.stderr == ""
        return result.stdout.splitlines()

    def triage(self, *args, code=0):
        return self.invoke("triage", *args, "--config", self.root / "darkships.toml", code=code)

    @property
    def out(self):
        return {path.name: path.read_bytes() for path in self.latest.iterdir() if path.name in OUTPUTS}

    @property
    def latest(self):
        return self.root / "out" / "latest"

    @property
    def dated(self):
        return sorted(path.name for path in (self.root / "out").iterdir() if path.name[0] == "2")

    def times(self):
        return {path: path.stat().st_mtime_ns for path in (self.root / "out").glob("2*/*")}
