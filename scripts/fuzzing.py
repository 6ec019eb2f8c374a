"""Coverage-guided fuzzing of the ways in, by atheris (libFuzzer); see ``scripts/fuzz``.

nmea        whole logs: accounted for, and the same however they are cut into blocks and into runs
lines       single lines, against the regular expressions that the tests keep as their reference
json        documents and lines, recognised or of a format that is asked for
csv         the same for tables of text; and the short way for plain rows reads what the long way reads
containers  archives and compressed files

What is found stays in the cache folder: the corpus, with which the next run goes on, and the inputs that broke
something (crash-*, timeout-*, oom-*).
"""

import faulthandler
import sys
import tempfile
import warnings
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import atheris
import numpy as np
from fuzz_inputs import MUTATORS, SEEDS, TESTS, TOKENS

sys.path.insert(0, str(TESTS / "kernels"))
with atheris.instrument_imports(include=["darkships"]):
    from darkships.compiling import cache_dir
    from darkships.errors import FeedError
    from darkships.feed import csv_plain, csv_source, nmea_source, open_feed
    from darkships.feed.dialects import FORMATS
    from darkships.schema import POSITIONS, QUARANTINE, STATICS, FeedBatch
from test_nmea_lines import by_kernel, by_reference

MOST_BYTES = {"nmea": 1536, "lines": 512, "json": 8192, "csv": 4096, "containers": 8192}
LIMITS = ("-timeout=20", "-rss_limit_mb=4096", "-print_final_stats=1", "-use_value_profile=1", "-reload=0")
"""Memory grows by some 20 kB a run by the fuzzer's own tracing; the feeds' own stays where it was."""

START = datetime(2023, 1, 1, tzinfo=UTC)
TIMES = (datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
MAP = {"mmsi": "mmsi", "timestamp_dmy": "time", "lat": "lat", "lon": "lon", "sog_ms": "sog", "decimal": "comma"}
SCHEMAS = [(table.name, {f.name: f for f in table.arrow}) for table in (POSITIONS, STATICS, QUARANTINE)]


class Read(NamedTuple):
    """What was read of a log, for comparison."""

    positions: list[dict[str, Any]]
    statics: list[dict[str, Any]]
    quarantine: list[tuple[Any, ...]]
    skipped: Counter[str]
    rows_read: int


def expect(is_so: bool, *found: object) -> None:
    """Raise what the fuzzer takes for a crash."""
    if not is_so:
        raise AssertionError(*found)


def check(batches: Iterable[FeedBatch]) -> Read:
    """Read batches to their end: every row accounted for, every table as declared, every value within bounds."""
    read = Read([], [], [], Counter(), 0)
    for batch in batches:
        for (name, fields), table in zip(SCHEMAS, batch[:3], strict=True):
            table.validate(full=True)
            for field in table.schema:
                expect(field.equals(fields[field.name]), name, field)
                expect(field.nullable or not table[field.name].null_count, name, field.name)
        rows = batch.positions.to_pylist()
        for row in rows:
            lat, lon = row["lat"], row["lon"]
            expect((lat is None) == (lon is None), row)
            expect(lat is None or (abs(lat) <= 90 and abs(lon) <= 180), row)
            expect(TIMES[0] <= row["timestamp"] < TIMES[1], row)
            expect(row["mmsi"] == 0 or 10**6 <= row["mmsi"] < 10**9, row)
        accounted = len(rows) + batch.quarantine.num_rows + sum(batch.skipped.values())
        expect(all(n > 0 for n in batch.skipped.values()), batch.skipped)
        rejects = [tuple(row.values())[1:] for row in batch.quarantine.to_pylist()]
        statics = batch.statics.to_pylist()
        read = Read(
            read.positions + rows,
            read.statics + statics,
            sorted(read.quarantine + rejects),
            read.skipped + Counter(batch.skipped),
            read.rows_read + batch.rows_read,
        )
        if batch.positions.num_rows or not batch.skipped:
            expect(batch.rows_read == accounted, batch.rows_read, accounted)
    total = len(read.positions) + len(read.quarantine) + read.skipped.total()
    expect(read.rows_read == total, read.rows_read, total)
    return read


def same(got: Read, want: Read) -> None:
    """Expect two readings to be equal."""
    for name, one, other in zip(Read._fields, got, want, strict=True):
        if isinstance(one, list) and len(one) == len(other):
            for a, b in zip(one, other, strict=True):
                expect(a == b, name, a, b)
        expect(one == other, name, one, other)


class Target:
    """One way in."""

    def __init__(self, name: str, path: Path) -> None:
        self._name = name
        self._path = path
        self._formats = ["auto"] * 20 + [d.name for d in FORMATS]
        self.run = {"nmea": self.nmea, "lines": self.lines}.get(name, self.any)

    def any(self, data: bytes) -> None:
        """Read a feed of whatever kind; its format, told by the content's checksum, is mostly found out."""
        code = zlib.crc32(data)
        name = self._formats[code % len(self._formats)]
        self._path.write_bytes(data)
        column_map = MAP if code % 11 == 0 else None
        want = self._read(name, column_map)
        if self._name == "csv" and want is not None:
            usual, csv_source.read_plain = csv_source.read_plain, _nothing_plain
            try:
                got = self._read(name, column_map)
            finally:
                csv_source.read_plain = usual
            expect(got is not None)
            same(got, want)

    def _read(self, name: str, column_map: dict[str, str] | None) -> Read | None:
        try:
            return check(open_feed(self._path, format=name, column_map=column_map).batches())
        except FeedError:
            return None

    def nmea(self, data: bytes) -> None:
        """Read a log; then, by the content's checksum, in small blocks or in two runs."""
        code = zlib.crc32(data)
        start = START if code & 1 else None
        self._path.write_bytes(data)
        try:
            feed = open_feed(self._path, format="nmea", start_time=start)
            want = check(feed.batches())
        except FeedError:
            return
        if not feed.container.is_plain:
            return
        if code & 2:
            same(check(self._in_two(data, code >> 4, start)), want)
        elif (longest := max(map(len, data.split(b"\n"))) + 1) < len(data):
            usual, nmea_source.BLOCK_SIZE = nmea_source.BLOCK_SIZE, longest + (code >> 4) % 300
            try:
                same(check(open_feed(self._path, format="nmea", start_time=start).batches()), want)
            finally:
                nmea_source.BLOCK_SIZE = usual

    def _in_two(self, data: bytes, code: int, start: datetime | None) -> Iterator[FeedBatch]:
        """Read the beginning of a log, then the rest of it as of one that has grown."""
        cut = data.rfind(b"\n", 0, code % (len(data) + 1)) + 1
        read: dict[str, Any] = {}
        if data[:cut].strip():
            self._path.write_bytes(data[:cut])
            begun = open_feed(self._path, format="nmea", start_time=start, final=False)
            yield from begun.batches()
            read = {"start": begun.consumed, "first_row": begun.rows, "carry": begun.carry}
        self._path.write_bytes(data)
        yield from open_feed(self._path, format="nmea", start_time=start, **read).batches()

    def lines(self, data: bytes) -> None:
        """Hold the kernel's reading of a line against that of regular expressions."""
        line = data.decode("latin-1").translate(_PRINTABLE)
        got, want = by_kernel(line + "\n"), by_reference(line)
        expect(got == want, line, got, want)


def _nothing_plain(lines: csv_plain.Lines, _: object) -> csv_plain.Plain:
    return csv_plain.Plain({}, {}, None, np.empty(0, np.int64), np.arange(len(lines.right)))


_PRINTABLE = {i: "~" for i in range(256) if not (32 <= i < 127 or i in (9, 26))}
"""In regular expressions blanks and letters are those of Unicode."""


def main() -> None:
    """Run a target for some seconds, or on one input."""
    if len(sys.argv) < 3 or sys.argv[1] not in SEEDS:
        sys.exit(f"usage: scripts/fuzz {'|'.join(SEEDS)} SECONDS|FILE [FOLDER...]")
    name, what, *further = sys.argv[1:]
    home = (cache_dir() or Path(tempfile.gettempdir())) / "fuzz" / name
    (home / "corpus").mkdir(parents=True, exist_ok=True)
    for i, seed in enumerate(SEEDS[name]()):
        (home / "corpus" / f"seed-{i:03}").write_bytes(seed)
    tokens = home / "tokens"
    tokens.write_text("".join(f'"{token}"\n' for token in TOKENS[name].split()))
    arguments = [what] if Path(what).exists() else [str(home / "corpus"), *further, f"-max_total_time={what}"]
    arguments += [f"-dict={tokens}", f"-artifact_prefix={home}/", f"-max_len={MOST_BYTES[name]}", *LIMITS]
    memory = Path("/dev/shm")  # noqa: S108  a file that is written a million times should touch no disk
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        target = Target(name, Path(folder) / "feed")
        warnings.simplefilter("error")
        faulthandler.enable()
        print(f"corpus and findings: {home}", file=sys.stderr)
        atheris.Setup([sys.argv[0], *arguments], target.run, custom_mutator=MUTATORS[name])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
