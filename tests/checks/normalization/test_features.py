"""What the exercises on normalisation are tried on."""

import numpy as np
import pytest

from dl_course.checks.normalization import _features


@pytest.fixture(params=range(20))
def rng(request):
    return np.random.default_rng(request.param)


def test_features_are_exact_in_float32_and_some_lie_far_from_0(rng):
    x = _features.draw_x(rng, 3, 2, 4, 30)
    assert np.array_equal(x, x.astype("float32"))
    mean, std = x.mean(axis=(0, 1, 2)), x.std(axis=(0, 1, 2))
    assert set(np.round(np.abs(mean), 1)) == {0, 3, 7, 10_000}
    assert 0 in std
    assert np.min(std[std > 0]) > 0.4


def test_numbers_of_features_are_not_near_0(rng):
    features = _features.draw_features(rng, 3, 20)
    assert features.shape == (3, 20)
    assert np.min(np.abs(features)) >= 0.5
    assert np.any(features < 0)


def test_arrays_get_one_type_and_an_epsilon_that_matters(rng):
    x, count, gamma, epsilon = _features.draw(rng, np.ones(3), 7, np.ones(2))
    assert x.dtype == gamma.dtype
    assert count == 7
    assert 0.05 <= epsilon <= 0.6


def test_ways_to_divide():
    ways = [_features.std_of, _features.epsilon_outside, _features.no_epsilon, _features.no_root]
    assert [way(np.array(9.0), 7.0) for way in ways] == [4, 10, 3, 16]
