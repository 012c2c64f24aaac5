"""Points, boundaries and paths lie in the plane where they should."""

import numpy as np
import pytest

from dl_course import plots


@pytest.mark.parametrize("kind", [np.array, list])
def test_points_have_a_marker_for_each_class(kind):
    ax = plots.points(np.arange(8.0).reshape(4, 2), kind([0, 1, 1, 0]))
    first, second = ax.collections
    assert first.get_offsets().tolist() == [[0, 1], [6, 7]]
    assert second.get_offsets().tolist() == [[2, 3], [4, 5]]
    shapes = [len(collection.get_paths()[0].vertices) for collection in ax.collections]
    assert shapes[0] != shapes[1]


@pytest.mark.parametrize(
    ("positions", "labels", "message"),
    [
        (np.zeros((3, 2)), [0, 1], r"`labels` must have shape \(3,\). Received: \(2,\)"),
        (np.zeros((2, 3)), [0, 1], None),
        (np.zeros(2), [0, 1], r"`positions` must have shape \(n, 2\).* Received: \(2,\)"),
    ],
)
def test_points_refuse_what_does_not_fit(positions, labels, message):
    with pytest.raises(ValueError, match=message):
        plots.points(positions, labels)


def test_decision_boundary_asks_the_classifier_and_draws_the_undecided_line():
    positions = np.array([[-1.0, 0.0], [1.0, 0.0]])
    ax = plots.decision_boundary(
        lambda p: 1 / (1 + np.exp(-5 * p[:, 0])), positions, np.array([0, 1])
    )
    map_ = ax.images[0].get_array()
    assert map_[:, 0].max() < 0.1 < 0.9 < map_[:, -1].min()
    line = np.vstack([path.vertices for path in ax.collections[-1].get_paths()])
    np.testing.assert_allclose(line[:, 0], 0, atol=0.02)


def test_decision_boundary_of_a_classifier_that_never_doubts():
    positions = np.array([[-1.0, 0.0], [1.0, 0.0]])
    plots.decision_boundary(lambda p: np.ones(len(p)), positions, np.array([0, 1]))


def test_decision_boundary_takes_a_column_as_keras_predicts_it():
    positions, labels = [[-1.0, 0.0], [1.0, 0.0]], [0, 1]
    flat = plots.decision_boundary(lambda p: p[:, 0], positions, labels).images[0].get_array()
    column = plots.decision_boundary(lambda p: p[:, :1], positions, labels).images[0].get_array()
    np.testing.assert_array_equal(flat, column)


def test_decision_boundary_refuses_two_probabilities_a_point():
    with pytest.raises(ValueError, match=r"`predict` must return .*Received: .*\(22500, 2\)"):
        plots.decision_boundary(lambda p: p, [[-1.0, 0.0], [1.0, 0.0]], [0, 1])


def test_contour_path_draws_the_path():
    path = np.array([[2.0, 1.0], [1.0, 0.5], [0.0, 0.0]])
    ax = plots.contour_path(lambda a, b: a**2 + b**2, path, x=(-2, 2), y=(-1, 1))
    np.testing.assert_array_equal(np.array(ax.lines[0].get_data()).T, path)
    assert ax.get_xlim() == (-2, 2)
    assert ax.get_ylim() == (-1, 1)


PAIR = np.array([[-1.0, 0.0], [1.0, 0.5]])


def test_unit_maps_share_one_scale_with_zero_in_the_middle():
    axes = plots.unit_maps(lambda p: p * [1, 3], PAIR, [0, 1])
    limits = {ax.images[0].get_clim() for ax in axes}
    ((low, high),) = limits
    assert (low, high) == pytest.approx((-3 * 0.8, 3 * 0.8))
    first = axes[0].images[0].get_array()
    assert first[0, 0] == pytest.approx(-1.3)
    assert first[0, -1] == pytest.approx(1.3)


def test_unit_maps_draw_the_line_where_a_unit_says_0():
    axes = plots.unit_maps(lambda p: np.column_stack([p[:, 0], p[:, 0] + 9]), PAIR, [0, 1])
    paths = axes[0].collections[-1].get_paths()
    line = np.vstack([path.vertices for path in paths])
    np.testing.assert_allclose(line[:, 0], 0, atol=0.02)
    assert len(axes[1].collections) == 2  # the points of two classes, and no line


def test_unit_maps_take_axes_and_leave_those_that_are_left_over_empty():
    given = plots.panels(2, 2)
    axes = plots.unit_maps(lambda p: np.hstack([p, p[:, :1]]), PAIR, [0, 1], axes=given)
    assert axes.tolist() == given.ravel()[:3].tolist()
    assert not given[1, 1].axison


@pytest.mark.parametrize(
    ("options", "respond", "message"),
    [
        ({}, lambda p: p[:, 0], r"`respond` must return .*\(22500, units\)"),
        ({"titles": ["one"]}, lambda p: p, "`titles` must be as many as units, 2. Received: 1"),
    ],
)
def test_unit_maps_refuse_what_does_not_fit(options, respond, message):
    with pytest.raises(ValueError, match=message):
        plots.unit_maps(respond, PAIR, [0, 1], **options)


def test_unit_maps_refuse_too_few_axes():
    with pytest.raises(ValueError, match="`axes` must be as many as units, 2. Received: 1"):
        plots.unit_maps(lambda p: p, PAIR, [0, 1], axes=[plots.panels()])


def test_new_axis_draws_the_border_across_the_axis_and_the_classes_in_white_and_black():
    positions = np.array([[-1.0, 0.0], [1.0, 0.0], [2.0, 1.0]])
    ax = plots.new_axis(positions, [0, 1, 1], 0, origin=(0.5, 0.25))
    white, black = ax.collections
    np.testing.assert_array_equal(white.get_offsets(), positions[:1])
    np.testing.assert_array_equal(black.get_offsets(), positions[1:])
    assert white.get_facecolor()[0, 0] > 0.9 > 0.3 > black.get_facecolor()[0, 0]
    start, end = ax.lines[0].get_xy1(), ax.lines[0].get_xy2()
    assert start == pytest.approx((0.5, 0.25))
    assert end[0] == pytest.approx(0.5)  # an axis along x has a vertical border
    assert "new x" in [text.get_text() for text in ax.texts]
