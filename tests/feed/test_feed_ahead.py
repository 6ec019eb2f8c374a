"""Working ahead: the same items in the same order, errors after what came before, no thread left."""

import threading

import pytest

from darkships.feed.ahead import ahead


def numbers(log, stop=5, error=None):
    try:
        for i in range(stop):
            log.append(threading.current_thread())
            yield i
        if error:
            raise error
    finally:
        log.append("closed")


def test_items_come_in_order_from_one_other_thread():
    log = []
    assert list(ahead(numbers(log))) == [0, 1, 2, 3, 4]
    assert log.pop() == "closed"
    (worker,) = set(log)
    assert worker is not threading.current_thread()
    assert not worker.is_alive()


def test_the_next_is_made_while_one_is_used():
    log, made = [], threading.Event()

    def items():
        yield 0
        made.set()
        yield 1

    taken = ahead(items())
    assert next(taken) == 0
    assert made.wait(10)
    assert list(taken) == [1]
    assert log == []


def test_an_error_comes_after_the_items_before_it():
    log, taken = [], []
    with pytest.raises(ValueError, match="damaged"):
        taken.extend(ahead(numbers(log, 2, ValueError("damaged"))))
    got = ahead(numbers(log, 2, ValueError("damaged")))
    assert (next(got), next(got)) == (0, 1)
    with pytest.raises(ValueError, match="damaged"):
        next(got)
    assert log[-1] == "closed"


def test_whoever_stops_early_leaves_no_thread():
    log = []
    taken = ahead(numbers(log, 1_000))
    assert next(taken) == 0
    taken.close()
    assert log[-1] == "closed"
    assert len(log) <= 4
    assert not log[0].is_alive()


def test_nothing():
    assert list(ahead(numbers([], 0))) == []
