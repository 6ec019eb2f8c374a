"""Settings of a small synthetic sea between Rajin and Vostochny, with much planted in it."""

from darkships.simulation.plan import Settings

AREA = (129.5, 41.0, 134.5, 43.5)
PLANTED = {
    "dark_visit": 0.2, "dark_transfer": 0.1, "laid_up": 0.1, "moored_off": 0.1, "left_area": 0.1, "spoofed": 0.1,
    "clone": 0.1,
}  # fmt: skip


def settings(**changes):
    return Settings(**{"vessels": 60, "days": 4, "seed": 5, "area": AREA, "harbours": 3, "stations": 4, "every_s": 60.0,
                       "shares": PLANTED} | changes)  # fmt: skip
