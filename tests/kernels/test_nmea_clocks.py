"""The log's own clock, and what may not move it."""

import numpy as np
from nmea_reading import join, room

from darkships.kernels.nmea_clocks import reckon
from darkships.kernels.nmea_payload import BAD_SIZE, decode
from darkships.kernels.nmea_times import NO_TIME

NOON_US = 1_672_574_400_000_000


def test_the_second_of_any_message_refines_the_time():
    for second, ahead in ((0, 0), (29, 29), (31, -29), (59, -1)):
        us, none = np.full(1, NO_TIME), np.full(1, NO_TIME)
        log = np.array([NOON_US, NO_TIME, 1])
        kind = np.array([second], np.int32)
        assert reckon(us, none, kind, np.array([1]), np.empty(0, np.int64), np.empty(0, np.int64), log).tolist() == [
            True
        ]
        assert us.tolist() == [NOON_US + ahead * 1_000_000]


def test_a_damaged_message_tells_no_second():
    got = join("!AIVDM,1,1,,A,144FV@r0H25P3Q2nL0000,0*68\n!AIVDM,1,1,,A,1,0*17\n")
    whole, real, clock = room(2)
    whole[:] = 59
    decode(got.data, got.records, got.parts, got.messages, whole, real, clock)
    assert (whole[0, 0], whole[:, 7].tolist(), clock.tolist()) == (BAD_SIZE, [-1, -1], [NO_TIME] * 2)
