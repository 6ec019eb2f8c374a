"""A stream of bytes to lines, whatever its pieces; no line, however long, takes more than a bound."""

import re
from dataclasses import dataclass, field

MAX_LINE = 4096
"""A TAG block and a sentence take under 250 bytes; what goes on much longer is no NMEA."""

_HEAD = 512
_ENDS = re.compile(rb"[\r\n]+")


@dataclass
class LineSplitter:
    """Cuts one stream at its line ends (LF, CR LF or CR); empty lines are left out.

    Of a line without end the beginning is kept, for quarantine to show; the rest is passed over.
    """

    max_line: int = MAX_LINE
    overlong: int = 0
    _rest: bytearray = field(default_factory=bytearray)
    _passing: bool = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take some bytes and return the lines that they complete."""
        *whole, rest = _ENDS.split(data)
        lines = []
        for piece in whole:
            self._rest += piece
            lines += self._cut()
            self._passing = False
        if not self._passing:
            self._rest += rest
            if len(self._rest) > self.max_line:
                lines += self._cut()
                self._passing = True
        return lines

    def end(self) -> list[bytes]:
        """Return what came after the last line end: the stream is over."""
        lines = self._cut()
        self._passing = False
        return lines

    def _cut(self) -> list[bytes]:
        line, self._rest = bytes(self._rest), bytearray()
        if self._passing:
            return []
        if len(line) > self.max_line:
            self.overlong += 1
            line = line[:_HEAD]
        return [line] if line else []
