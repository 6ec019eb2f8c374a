import math
from itertools import product

import numpy as np
import pandas as pd
import pytest
from builders import MMSI, candidate, candidates, gap, gaps
from hypothesis import given, settings
from hypothesis import strategies as st

from darkships.errors import DarkshipsError
from darkships.schema import ALTERNATIVES, EVIDENCE, VISITS
from darkships.scores.features import ITEM_OF
from darkships.scores.model import DECIBAN, Prior, VisitModel, load_model
from darkships.scores.visits import NOT_BACK_DB, NOT_RECEIVED_SHARE, score

FAR = 1000.0
ITEMS_DB = [f"{item}_db" for item in EVIDENCE]


def model(intercept=0.0, **weights):
    """Return a model that looks at the named features only; natural units of log-odds each."""
    span = np.array([-FAR, FAR])
    curves = {name: (span, span * weights.get(name, 0.0) * DECIBAN) for name in ITEM_OF}
    return VisitModel(curves, intercept * DECIBAN)


def one(candidate_columns=None, gap_columns=None, **options):
    """Score one silence with one site; return its row."""
    of = gap(**(gap_columns or {}))
    (row,) = score(candidates(candidate(of, **(candidate_columns or {}))), gaps(of), **options).to_dict("records")
    return row


def fleet(seed=3, vessels=6, silences=4):
    """Return candidates and gaps of vessels with silences, sites and speeds drawn at random."""
    rng = np.random.default_rng(seed)
    of_gaps, rows = [], []
    for vessel, number in product(range(vessels), range(silences)):
        is_open = number == silences - 1
        length_h = float(rng.uniform(8, 200))
        of = gap(
            mmsi=MMSI + vessel, off_h=300.0 * number, on_h=None if is_open else 300.0 * number + length_h,
            vessels_heard=int(rng.integers(0, 3)), fixes_12h_before=int(rng.integers(1, 9)),
            satellite_share_12h_before=float(rng.random()), off_sog_kn=float(rng.uniform(0, 12)),
        )  # fmt: skip
        of_gaps.append(of)
        rows += [
            candidate(
                of, site=site, there_nm=float(rng.uniform(5, 45)), declared=bool(rng.random() < 0.15),
                closing_speed_kn=float(rng.uniform(-12, 12)), own_calls=int(rng.integers(0, 4)),
                opening_speed_kn=np.nan if is_open else float(rng.uniform(-12, 12)),
            )
            for site in ("Dunay", "Rajin", "Sonbong")[: rng.integers(1, 4)]
        ]  # fmt: skip
    return candidates(*rows), gaps(*of_gaps)


def test_sites_and_alternatives_of_a_gap_add_up_to_one():
    visits = score(*fleet())
    of_sites = visits.groupby("gap_id")["probability"].sum()
    alternatives = visits.groupby("gap_id")[[f"p_{name}" for name in ALTERNATIVES]]
    pd.testing.assert_frame_equal(alternatives.min(), alternatives.max())
    assert (of_sites + alternatives.first().sum(axis=1)).to_numpy() == pytest.approx(np.ones(len(of_sites)))
    assert visits["probability"].between(0.0, 1.0).all()
    assert list(visits.columns) == VISITS.names


def test_a_silence_of_which_nothing_is_known_has_the_prior():
    row = one(model=model())
    assert row["prior"] == pytest.approx(0.2 * 0.5)
    assert row["probability"] == pytest.approx(0.1)
    assert row["p_vessel"] == pytest.approx(0.2)
    assert [row[item] for item in ITEMS_DB] == pytest.approx([0.0] * len(ITEMS_DB), abs=1e-9)
    assert one(model=model(), prior=Prior(vessel=0.01, gap=0.3))["probability"] == pytest.approx(0.003)


@pytest.mark.parametrize("sites", [1, 3, 10, 30])
def test_a_silence_of_which_nothing_is_known_is_no_sure_visit_under_the_shipped_model(sites):
    shipped = load_model()
    of_site_db = shipped.intercept_db + np.interp(np.log(sites), *shipped.curves["log_sites"])
    assert 0.05 < sites * np.exp(of_site_db / DECIBAN) < 2.0  # at even odds


@pytest.mark.parametrize("value", [0.0, 1.0, -0.1, 1.5, float("nan")])
def test_a_prior_that_is_no_probability_is_refused(value):
    with pytest.raises(DarkshipsError, match="expected a probability between 0 and 1"):
        Prior(vessel=value)
    with pytest.raises(DarkshipsError, match="prior 'gap'"):
        Prior(gap=value)


def naive_posterior(odds_of_gaps, prior):
    """Enumerate all worlds: visitor or not, and the site visited in each gap, or none."""
    total, visitor = 1.0 - prior.vessel, 0.0
    of_site = [[0.0] * len(odds) for odds in odds_of_gaps]
    for world in product(*(range(-1, len(odds)) for odds in odds_of_gaps)):
        weight = prior.vessel
        for odds, site in zip(odds_of_gaps, world, strict=True):
            weight *= 1.0 - prior.gap if site < 0 else prior.gap * odds[site]
        total += weight
        visitor += weight
        for number, site in enumerate(world):
            if site >= 0:
                of_site[number][site] += weight
    return [[weight / total for weight in row] for row in of_site], visitor / total


@settings(max_examples=25)
@given(
    st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=3), min_size=1, max_size=4),
    st.floats(0.01, 0.9),
    st.floats(0.01, 0.9),
)
def test_probabilities_equal_the_sum_over_all_worlds(weights, vessel, of_gap):
    prior = Prior(vessel, of_gap, likeness=0.0)  # the worlds summed up have independent silences
    of_gaps = [gap(off_h=100.0 * k, on_h=100.0 * k + 50.0) for k in range(len(weights))]
    rows = [
        candidate(of, site=f"Site {number}", slack_h=50.0 * weight)
        for of, row in zip(of_gaps, weights, strict=True)
        for number, weight in enumerate(row)
    ]
    visits = score(candidates(*rows), gaps(*of_gaps), prior=prior, model=model(-1.0, spare=0.5))
    odds = [[np.exp(-1.0 + 0.5 * weight) for weight in row] for row in weights]
    expected, p_vessel = naive_posterior(odds, prior)
    assert visits["probability"].tolist() == pytest.approx([p for row in expected for p in row])
    assert visits["p_vessel"].tolist() == pytest.approx([p_vessel] * len(visits))


def test_evidence_and_prior_add_up_to_the_probability_of_a_lone_site():
    columns = {"closing_speed_kn": 11.0, "opening_speed_kn": 11.0, "own_calls": 2}
    with_model = model(-2.0, closing=1.5, opening=0.5, own_calls=0.7, spare=-1.0)
    row = one(columns, {"vessels_heard": 0}, model=with_model)
    log_odds = np.log(row["probability"] / (1.0 - row["probability"]))
    start = np.log(0.1 / 0.9)
    assert log_odds == pytest.approx(start + sum(row[item] for item in ITEMS_DB) / DECIBAN)


@pytest.mark.parametrize("item", [item for item in EVIDENCE if item != "repetition"])
def test_an_item_left_out_weighs_nothing(item):
    columns = {"closing_speed_kn": 11.0, "opening_speed_kn": 11.0, "own_calls": 2}
    with_model = model(-2.0, closing=1.5, opening=0.5, own_calls=0.7, slack_share=-1.0)
    whole, without = (one(columns, {"vessels_heard": 0}, model=with_model, **of) for of in ({}, {"without": [item]}))
    assert without[f"{item}_db"] == 0.0
    log_odds = [np.log(row["probability"] / (1.0 - row["probability"])) for row in (whole, without)]
    assert log_odds[0] - log_odds[1] == pytest.approx(whole[f"{item}_db"] / DECIBAN)


def test_closing_on_the_site_beats_sailing_away():
    ways = ((-12.0, 180.0), (0.0, 90.0), (12.0, 0.0))
    before = [{"closing_speed_kn": kn, "off_angle_deg": angle} for kn, angle in ways]
    after = [{"opening_speed_kn": kn, "on_angle_deg": angle} for kn, angle in ways]
    left, passed, headed_for_it = (one(way)["probability"] for way in before)
    assert left < passed < headed_for_it
    headed_for_it, passed, came_from_it = (one(before[-1] | way)["probability"] for way in after)
    assert headed_for_it < passed < came_from_it


def test_earlier_calls_raise():
    seen = [one({"own_calls": n, "vessel_calls": 9, "other_callers": 1})["probability"] for n in (0, 1, 5)]
    assert seen == sorted(set(seen))


def pattern(*closing_kn):
    """Score a vessel's silences, each with its closing and opening speed on the site."""
    of_gaps = [gap(off_h=100.0 * k, on_h=100.0 * k + 60.0) for k in range(len(closing_kn))]
    rows = [
        candidate(of, closing_speed_kn=kn, opening_speed_kn=kn, own_calls=2 if kn > 0 else 0)
        for of, kn in zip(of_gaps, closing_kn, strict=True)
    ]
    return score(candidates(*rows), gaps(*of_gaps), prior=Prior(0.1, 0.5), model=model(-1.0, closing=3.0))


def test_repetition_raises_and_says_so():
    alone, often = pattern(12.0), pattern(12.0, 12.0, 12.0)
    assert alone["probability"].max() < often["probability"].min()
    assert alone["repetition_db"].tolist() == pytest.approx([0.0], abs=1e-9)
    assert (often["repetition_db"] > 1.0).all()


def test_many_unconvincing_silences_count_against_a_convincing_one():
    alone, among = pattern(12.0), pattern(12.0, *[-12.0] * 6)
    assert among["probability"][0] < alone["probability"][0]
    assert among["repetition_db"][0] < -1.0


def test_where_it_would_not_have_been_heard_either_not_received_gains():
    sure, unsure = one(), one(gap_columns={"p_switched_off": 0.1})
    assert unsure["reception_db"] == pytest.approx(10.0 * math.log10(0.1 + 0.9 * NOT_RECEIVED_SHARE))
    assert sure["reception_db"] == 0.0
    assert unsure["probability"] < sure["probability"]
    assert sure["p_not_received"] == 0.0 < 0.5 < unsure["p_not_received"]


def test_reception_rules_nothing_out_and_nothing_is_said_where_it_was_not_looked_at():
    unheard = one(gap_columns={"p_switched_off": 1e-12})["reception_db"]
    assert unheard == pytest.approx(10.0 * math.log10(NOT_RECEIVED_SHARE))
    assert one(gap_columns={"p_switched_off": np.nan})["reception_db"] == 0.0


def test_who_is_still_silent_has_more_likely_left():
    closed, still_silent = one(), one(gap_columns={"on_h": None, "as_of_h": 48.0})
    assert still_silent["reception_db"] - closed["reception_db"] == pytest.approx(NOT_BACK_DB)


STILL = {"distance_nm": 0.1, "off_sog_kn": 0.1, "on_sog_kn": 0.0}


@pytest.mark.parametrize(
    ("best", "columns"),
    [
        ("still", {**STILL, "off_nav_status": 0}),
        ("moored", {**STILL, "off_nav_status": 5}),
        ("moored", {**STILL, "off_nav_status": 0, "is_class_b": True}),
        ("laid_up", {**STILL, "on_h": 500.0}),
        ("left_area", {"p_switched_off": 0.01, "edge_h": 0.5}),
        ("not_received", {"p_switched_off": 0.01}),
    ],
)
def test_a_silence_that_is_legal_is_called_so(best, columns):
    assert one(gap_columns=columns)["best_alternative"] == best


def test_a_declared_call_is_no_undeclared_visit():
    row = one({"declared": True, "closing_speed_kn": 12.0, "own_calls": 9})
    assert row["probability"] == 0.0
    assert sum(row[f"p_{name}"] for name in ALTERNATIVES) == pytest.approx(1.0)


def test_a_declared_site_leaves_the_others_as_they_are():
    of = gap()
    hidden, declared = candidate(of, site="Rajin"), candidate(of, site="Dunay", declared=True)
    both = score(candidates(declared, hidden), gaps(of), model=model())
    assert both.set_index("site")["probability"].to_dict() == {"Dunay": 0.0, "Rajin": pytest.approx(0.1)}


def voyage(of, site="Rajin", **columns):
    row = {
        "gap_id": of["gap_id"], "site": site, "draught_before_m": np.nan, "draught_after_m": np.nan,
        "destination_before": None, "destination_after": None, "destination_names_site": False,
        "destination_names_other": False, "destination_hidden": False, "name_before": None, "name_after": None,
        "name_changed": False,
    }  # fmt: skip
    return pd.DataFrame([{**row, **columns}])


@pytest.mark.parametrize(("before", "after", "sign"), [(6.0, 7.2, 1), (7.2, 6.0, 1), (6.0, 6.1, -1), (6.0, np.nan, 0)])
def test_a_changed_draught_speaks_for_a_visit_and_a_kept_one_a_little_against(before, after, sign):
    row = one(voyage=voyage(gap(), draught_before_m=before, draught_after_m=after))
    assert np.sign(row["draught_db"]) == sign
    assert np.sign(row["probability"] - one()["probability"]) == sign
    assert row["draught_before_m"] == before


@pytest.mark.parametrize("rest", [{"off_sog_kn": 0.2}, {"on_sog_kn": 0.2}])
def test_a_draught_that_may_have_changed_where_the_ship_lay_says_less(rest):
    told = voyage(gap(), draught_before_m=6.0, draught_after_m=7.2)
    at_rest, under_way = (one(gap_columns=columns, voyage=told)["draught_db"] for columns in (rest, {}))
    assert 0.0 < at_rest < under_way
    kept = one(gap_columns=rest, voyage=voyage(gap(), draught_before_m=6.0, draught_after_m=6.0))
    assert kept["draught_db"] == one(voyage=voyage(gap(), draught_before_m=6.0, draught_after_m=6.0))["draught_db"]


def test_a_destination_that_is_hidden_speaks_for_a_visit_less_than_one_that_names_the_site():
    hidden = voyage(gap(), destination_before="FOR ORDERS", destination_hidden=True)
    named = hidden.assign(destination_names_site=True)
    assert 0.0 < one(voyage=hidden)["destination_db"] < one(voyage=named)["destination_db"]
    assert one(voyage=hidden)["destination_hidden"]
    assert one(voyage=hidden.assign(destination_names_other=True))["destination_db"] < 0.0  # it said later where it was


def test_a_new_name_after_the_silence_speaks_for_a_visit():
    renamed = voyage(gap(), name_before="A SHIP", name_after="B SHIP", name_changed=True)
    row = one(voyage=renamed)
    assert row["identity_db"] > 0.0 == one(voyage=renamed.assign(name_changed=False))["identity_db"]
    assert row["probability"] > one()["probability"]
    assert (row["name_before"], row["name_after"]) == ("A SHIP", "B SHIP")


@pytest.mark.parametrize(
    ("site", "other", "sign"), [(True, False, 1), (True, True, 1), (False, True, -1), (False, False, 0)]
)
def test_a_destination_that_names_the_site_speaks_for_it_another_one_against(site, other, sign):
    told = voyage(gap(), destination_before="RAJIN", destination_names_site=site, destination_names_other=other)
    row = one(voyage=told)
    assert np.sign(row["destination_db"]) == sign
    assert np.sign(row["probability"] - one()["probability"]) == sign
    assert row["destination_before"] == "RAJIN"


def test_what_is_told_of_one_site_says_nothing_of_another():
    of = gap()
    rows = candidates(candidate(of, site="Dunay"), candidate(of, site="Rajin"))
    told = voyage(of, site="Rajin", destination_names_site=True)
    assert score(rows, gaps(of), voyage=told).set_index("site")["destination_db"].to_dict() == {
        "Dunay": 0.0,
        "Rajin": 5.0,
    }


def test_lying_still_explains_a_silence_with_both_ends_at_rest_in_one_place():
    rest = {"off_sog_kn": 0.0, "on_sog_kn": 0.1, "distance_nm": 0.05}
    assert one(gap_columns=rest)["best_alternative"] == "still"


def test_passage_explains_a_silence_as_long_as_the_way():
    way = {"distance_nm": 576.0, "on_h": 48.0}
    assert one({"direct_nm": 576.0}, way)["best_alternative"] == "passage"


def test_a_transfer_is_likelier_where_another_vessel_was_silent_too():
    of = gap()
    met = pd.Series({of["gap_id"]: float(MMSI + 1)})
    alone, both = one(), one(met=met)
    assert alone["p_transfer"] < both["p_transfer"]
    assert both["met_mmsi"] == MMSI + 1
    assert both["probability"] == alone["probability"]  # who could meet is no less likely to have called


def test_no_evidence_is_stronger_than_a_million_to_one():
    row = one({"slack_h": 90.0 * 48.0}, model=model(0.0, spare=1.0))
    assert row["probability"] == pytest.approx(1e6 * 0.1 / (0.9 + 1e6 * 0.1))
    assert 0.0 < one({"slack_h": 90.0 * 48.0}, model=model(0.0, spare=-1.0))["probability"] < 1e-6


def test_rows_in_any_order_give_the_same_numbers_to_the_last_bit():
    rows, of_gaps = fleet()
    straight = score(rows, of_gaps)
    mixed = score(rows.sample(frac=1.0, random_state=1), of_gaps.sample(frac=1.0, random_state=2))
    order = list(VISITS.key)
    pd.testing.assert_frame_equal(
        mixed.sort_values(order, ignore_index=True), straight.sort_values(order, ignore_index=True), check_exact=True
    )


def test_other_vessels_change_nothing():
    rows, of_gaps = fleet()
    own = rows["mmsi"] == MMSI + 2
    alone = score(rows[own], of_gaps).reset_index(drop=True)
    pd.testing.assert_frame_equal(score(rows, of_gaps)[own].reset_index(drop=True), alone)


def test_no_candidates_no_visits():
    rows, of_gaps = fleet()
    found = score(rows.iloc[:0], of_gaps)
    assert found.empty
    assert list(found.columns) == VISITS.names


def origin(of, **columns):
    """Return a candidate visit to a site whose role is origin."""
    return candidate(of, site="Vostochny", watched=False, **columns)


def test_an_origin_site_explains_a_silence_and_takes_probability_from_the_watched_one():
    of = gap()
    nine, thirty_six = ({"slack_h": of["duration_h"] * np.log(odds)} for odds in (9.0, 36.0))
    alone = score(candidates(candidate(of, **nine)), gaps(of), model=model(spare=1.0))
    both = score(candidates(candidate(of, **nine), origin(of, **thirty_six)), gaps(of), model=model(spare=1.0))
    by_site = both.set_index("site")["probability"]
    assert by_site["Rajin"] < alone["probability"].item()
    assert by_site["Vostochny"] > 0.0
    # By hand: weights 9 and 36 of the sites, one in twenty innocent silences at the origin, prior 0.2 and 0.5.
    innocent = 0.95 + 0.05 * 36.0
    visitor = 0.5 * innocent + 0.5 * 9.0
    total = 0.2 * visitor + 0.8 * innocent
    assert by_site["Rajin"] == pytest.approx(0.2 * 0.5 * 9.0 / total)
    assert by_site["Vostochny"] == pytest.approx((0.2 * 0.5 + 0.8) * 0.05 * 36.0 / total)


def test_likeness_lets_a_habit_count_once():
    of_gaps = [gap(off_h=100.0 * k, on_h=100.0 * k + 50.0) for k in range(4)]
    rows = candidates(*(candidate(of) for of in of_gaps))
    with_model = model(np.log(3.0))
    p_vessel = [
        score(rows, gaps(*of_gaps), prior=Prior(likeness=likeness), model=with_model)["p_vessel"].iloc[0]
        for likeness in (0.0, 0.3, 1.0)
    ]
    # Each silence doubles the odds of 1/4; four count as four, as 4 / 1.9, and as one.
    assert p_vessel == pytest.approx([odds / (4.0 + odds) for odds in (2.0**4, 2.0 ** (4 / 1.9), 2.0)])


def test_the_vessels_type_counts_for_its_site_only():
    of = gap()
    rows = candidates(candidate(of, site="Rajin"), candidate(of, site="Sonbong"))
    fit = pd.DataFrame({"mmsi": [MMSI], "site": ["Rajin"], "vessel_db": [-6.0], "typical_stay_h": [np.nan]})
    visits = score(rows, gaps(of), fit=fit, model=model()).set_index("site")
    assert visits["vessel_db"].to_dict() == {"Rajin": -6.0, "Sonbong": 0.0}
    assert visits.loc["Rajin", "probability"] / visits.loc["Sonbong", "probability"] == pytest.approx(10**-0.6)
