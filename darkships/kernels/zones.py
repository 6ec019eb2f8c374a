"""Where runs of several parts may tell of the same transmissions."""

import numpy as np

from darkships.kernels import Array, kernel


@kernel
def shared_zones(mmsi: Array, first: Array, last: Array) -> tuple[Array, Array, Array]:
    """Return the times that at least two runs of a vessel cover.

    Parameters
    ----------
    mmsi, first, last
        (n,) vessel, first and last time of each run, sorted by (mmsi, first).

    Returns
    -------
    mmsi, first, last
        (m,) vessel, first and last time of each zone, sorted; those of one vessel have nothing in common.

    """
    vessel, since, until = np.empty(mmsi.size, np.int64), np.empty(mmsi.size, np.int64), np.empty(mmsi.size, np.int64)
    m = 0
    latest = np.int64(0)
    for i in range(mmsi.size):
        if i == 0 or mmsi[i] != mmsi[i - 1]:
            latest = last[i]
            continue
        if first[i] <= latest:
            end = min(last[i], latest)
            if m and vessel[m - 1] == mmsi[i] and first[i] <= until[m - 1]:
                until[m - 1] = max(until[m - 1], end)
            else:
                vessel[m], since[m], until[m] = mmsi[i], first[i], end
                m += 1
        latest = max(latest, last[i])
    return vessel[:m], since[:m], until[:m]


@kernel
def zone_numbers(
    mmsi: Array, starts: Array, lengths: Array, t_us: Array, zone_mmsi: Array, since: Array, until: Array
) -> Array:
    """Tell of each row how its time lies to the zones of its vessel.

    Parameters
    ----------
    mmsi, starts, lengths
        (r,) runs: the rows starts[i] to starts[i] + lengths[i] are of vessel mmsi[i], sorted by time; runs sorted by
        vessel and time.
    t_us
        (n,) time of each row.
    zone_mmsi, since, until
        (m,) zones as ``shared_zones`` gives them.

    Returns
    -------
    numpy.ndarray
        (n,) int32: 2 k + 1 in zone k of all, 2 k before zone k and after the zone before.

    """
    number = np.empty(t_us.size, np.int32)
    zone = 0
    for run in range(mmsi.size):
        for i in range(starts[run], starts[run] + lengths[run]):
            while zone < zone_mmsi.size and (
                zone_mmsi[zone] < mmsi[run] or (zone_mmsi[zone] == mmsi[run] and until[zone] < t_us[i])
            ):
                zone += 1
            inside = zone < zone_mmsi.size and zone_mmsi[zone] == mmsi[run] and since[zone] <= t_us[i]
            number[i] = 2 * zone + inside
    return number
