"""`plots.computation_graph`: the picture is read back, from its boxes, texts and lines."""

import itertools
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.patches import FancyBboxPatch, PathPatch, Rectangle

from dl_course import plots
from dl_course.autodiff import Value


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def expression():
    a, b, c, d = (Value(x, name) for x, name in zip((2, -3, 10, 1.5), "abcd", strict=True))
    return (a * b + c) * d.relu()


def neuron():
    x, w = (Value(1.5, "x"), Value(-2, "x")), (Value(0.5, "w"), Value(1e-5, "w"))
    z = x[0] * w[0] + x[1] * w[1] + Value(0.1, "b")
    z.label = "pre-activation"
    return z.tanh()


def twice():
    a = Value(3, "a")
    return a * a + a


def loss():
    x, w = Value(0.5, "x"), Value(1.2, "w")
    return (x * w - 2) ** 2


def layer():
    x, w, b = Value(np.ones((12, 2)), "x"), Value(np.ones((2, 3)), "W"), Value(np.zeros(3), "b")
    return ((x @ w + b).sigmoid() ** 2).mean()


EXAMPLES = [expression, neuron, twice, loss, layer, lambda: Value(2, "alone")]
every_example = pytest.mark.parametrize("example", EXAMPLES)


@st.composite
def graphs(draw):
    """A result of up to 15 values, some of them used more than once."""
    values = [Value(draw(st.floats(-1e6, 1e6)), draw(st.sampled_from(["", "a", "weight 12"])))]
    for _ in range(draw(st.integers(1, 7))):
        one, other = (draw(st.sampled_from(values[-4:])) for _ in range(2))
        values.append(
            draw(st.sampled_from([one + other, one - other, one * 3, Value(1, "b") - one, -other]))
        )
    return values[-1]


def overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


class Picture:
    """What stands in a picture; places are `(x0, y0, x1, y1)` in the units of the axes."""

    def __init__(self, value, **options):
        value.backward()
        self.ax = plots.computation_graph(value, **options)
        self.ax.figure.canvas.draw()
        kinds = {kind: [one for one in self.ax.patches if type(one) is kind] for kind in KINDS}
        self.boxes, self.signs = ([place_of(one) for one in kinds[kind]] for kind in KINDS[:2])
        self.paths = [one.get_path() for one in kinds[PathPatch]]
        self.texts = [(text.get_text(), self.text_place(text)) for text in self.ax.texts]

    def text_place(self, text):
        corners = self.ax.transData.inverted().transform(text.get_window_extent())
        return (*corners.min(axis=0), *corners.max(axis=0))

    def read(self, box):
        """The texts in a box, from top to bottom, a minus sign as Python writes it."""
        inside = [(place[1], text) for text, place in self.texts if overlap(place, box)]
        return tuple(text.replace("−", "-") for _, text in sorted(inside))

    def edges(self):
        """For each line: the box that it begins at, the operation it ends at, and that one's box."""
        for path in self.paths:
            (x0, y0), (x1, y1) = path.vertices[0], path.vertices[-1]
            (start,) = (box for box in self.boxes if box[2] == x0 and box[1] < y0 < box[3])
            (sign,) = (one for one in self.signs if 0 < one[0] - x1 < 0.1 and one[1] < y1 < one[3])
            middle = (sign[1] + sign[3]) / 2
            after = [box for box in self.boxes if box[0] > sign[2] and box[1] < middle < box[3]]
            yield start, sign, min(after)


KINDS = (Rectangle, FancyBboxPatch, PathPatch)


def place_of(patch):
    x, y = patch.get_x(), patch.get_y()
    return (x, y, x + patch.get_width(), y + patch.get_height())


def wanted_texts(value):
    """What the box of a number must hold."""
    name = f"{value.label} = " if value.label else ""
    number, gradient = (f"{x + 0.0:.4g}" for x in (value.data, value.grad))
    constant = value.operation == "constant"
    return (name + number,) if constant else (name + number, f"grad {gradient}")


SIGNS = {"*": "×", "-": "-", "/": "÷"}


def check(value, picture):
    """Each value has one box with its numbers; each operand one line to its operation."""
    order = value.topological_order()
    assert Counter(map(picture.read, picture.boxes)) == Counter(map(wanted_texts, order))
    drawn = Counter(tuple(map(picture.read, edge)) for edge in picture.edges())
    assert drawn == Counter(
        (wanted_texts(parent), (SIGNS.get(one.operation, one.operation),), wanted_texts(one))
        for one in order
        for parent in one.parents
    )


def check_legible(picture):
    """Texts lie in one box each, all in the axes; boxes lie apart; no line runs through one."""
    boxes = picture.boxes + picture.signs
    for _, place in picture.texts:
        (box,) = (one for one in boxes if overlap(one, place))
        assert box[0] < place[0]
        assert place[2] < box[2]
        assert box[1] < place[1]
        assert place[3] < box[3]
    for one, other in itertools.combinations([place for _, place in picture.texts], 2):
        assert not overlap(one, other)
    for one, other in itertools.combinations(boxes, 2):
        assert not overlap(one, other)
    (left, right), (bottom, top) = picture.ax.get_xlim(), picture.ax.get_ylim()
    assert all(left < x0 and x1 < right and top < y0 and y1 < bottom for x0, y0, x1, y1 in boxes)
    for path in picture.paths:
        for x, y in points_along(path)[1:-1]:
            assert not any(box[0] < x < box[2] and box[1] < y < box[3] for box in boxes)


def points_along(path):
    """Points on a path of cubic curves."""
    t = np.linspace(0, 1, 15)[:, None]
    ends = path.vertices
    curves = [
        (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d
        for a, b, c, d in (ends[n : n + 4] for n in range(0, len(ends) - 1, 3))
    ]
    return np.concatenate(curves)


# -------------------------------------------------------------------------------------------------


def test_an_expression_by_hand():
    """f = (a b + c) relu(d)."""
    picture = Picture(expression())
    texts = sorted(map(picture.read, picture.boxes))
    assert texts == [
        ("-6", "grad 1.5"),
        ("1.5", "grad 4"),
        ("4", "grad 1.5"),
        ("6", "grad 1"),
        ("a = 2", "grad -4.5"),
        ("b = -3", "grad 3"),
        ("c = 10", "grad 1.5"),
        ("d = 1.5", "grad 4"),
    ]
    assert sorted(map(picture.read, picture.signs)) == [("+",), ("relu",), ("×",), ("×",)]


@pytest.mark.parametrize("example", [expression, neuron, twice, loss])
def test_numbers_and_edges_are_those_of_the_graph(example):
    value = example()
    check(value, Picture(value))


@every_example
def test_it_is_legible(example):
    check_legible(Picture(example()))


@every_example
def test_it_is_legible_in_small_axes_beside_others(example):
    axes = plots.panels(rows=1, columns=2, width=7, height=2)
    axes[0].set_ylabel("something else")
    axes[1].set_title("a graph")
    check_legible(Picture(example(), ax=axes[1]))


@settings(max_examples=25)
@given(graphs())
def test_random_graphs(value):
    picture = Picture(value)
    check(value, picture)
    check_legible(picture)
    plt.close(picture.ax.figure)


def test_a_value_used_twice_has_one_box_and_a_line_for_each_use():
    picture = Picture(twice())
    assert sum("a = 3" in picture.read(box) for box in picture.boxes) == 1
    starts = Counter(picture.read(start) for start, _, _ in picture.edges())
    assert starts["a = 3", "grad 7"] == 3
    ends = [tuple(path.vertices[-1]) for path in picture.paths]
    assert len(set(ends)) == len(ends)  # two lines, side by side


def test_a_constant_is_dashed_and_without_a_gradient():
    picture = Picture(loss())
    (dashed,) = (one for one in picture.ax.patches if one.get_linestyle() == "--")
    assert picture.read(place_of(dashed)) == ("2",)


def test_arrays_show_their_shape_and_their_largest_gradient():
    value = layer()
    picture = Picture(value)
    w = next(one for one in value.topological_order() if one.label == "W")
    largest = f"|grad| ≤ {np.abs(w.grad).max():.4g}"
    assert ("W, shape (2, 3)", largest) in map(picture.read, picture.boxes)


def test_the_first_of_two_operands_comes_in_above_the_second():
    """Where their order matters: also if the second is drawn higher up."""
    a, b = Value(1, "a"), Value(2, "b")
    picture = Picture((b - a) / (a - b.exp()))
    arrivals = [
        (path.vertices[-1][1], *edge)
        for path, edge in zip(picture.paths, picture.edges(), strict=True)
    ]
    by_sign = {}
    for _, start, sign, _ in sorted(arrivals):
        by_sign.setdefault(sign, []).append(picture.read(start)[0])
    operands = {
        tuple(texts) for sign, texts in by_sign.items() if picture.read(sign) in {("-",), ("÷",)}
    }
    assert operands == {("b = 2", "a = 1"), ("a = 1", "7.389"), ("1", "-6.389")}


def test_time_flows_to_the_right():
    picture = Picture(neuron())
    assert all(start[2] < end[0] for start, _, end in picture.edges())


def zigzag():
    """Products of neighbours, in an order that must be changed to draw them without a crossing."""
    x = [Value(n + 1, f"x{n}") for n in range(5)]
    h = [x[n] * x[n + 1] for n in range(4)]
    return (h[2] + h[3]) + (h[0] + h[1])


@pytest.mark.parametrize("example", [expression, neuron, loss, layer, zigzag])
def test_what_can_be_drawn_without_crossings_is(example):
    picture = Picture(example())
    for one, other in itertools.combinations(map(points_along, picture.paths), 2):
        shared = np.allclose(one[0], other[0])
        assert shared or not crosses(one, other)


def crosses(one, other):
    """Whether the upper of two lines becomes the lower where both run."""
    x = np.linspace(max(one[0, 0], other[0, 0]), min(one[-1, 0], other[-1, 0]), 50)
    if x[0] >= x[-1]:
        return False
    above = np.interp(x, *one.T) - np.interp(x, *other.T)
    return above.min() < 0 < above.max()


def test_before_backward_gradients_are_0():
    a = Value(2, "a")
    ax = plots.computation_graph(a * a)
    assert [text.get_text() for text in ax.texts].count("grad 0") == 2


def test_it_draws_into_the_axes_given():
    ax = plots.panels()
    assert plots.computation_graph(loss(), ax=ax) is ax
    assert len(plt.get_fignums()) == 1


def test_only_values_can_be_drawn():
    with pytest.raises(TypeError, match="`value` must be an autodiff.Value. Received: 2"):
        plots.computation_graph(2)


def test_a_graph_too_large_to_read_is_refused():
    a = Value(1.0)
    for _ in range(60):
        a = -a
    with pytest.raises(ValueError, match="at most 60 values. Received: 61"):
        plots.computation_graph(a)


# Local gradients, and the forward pass alone ------------------------------------------------------


def test_local_gradients_stand_on_the_lines(written):
    a, b = Value(2, "a"), Value(-3, "b")
    result = a * b - 4 * a
    result.backward()
    texts = written(plots.computation_graph(result, local_gradients=True))
    factors = sorted(text for text in texts if text.startswith("× "))
    assert factors == sorted(["× −3", "× 2", "× 4", "× 1", "× −1"])  # none from the constant 4


def test_a_gradient_is_upstream_times_local_summed_over_the_lines(written):
    a = Value(3, "a")
    result = a * a + a
    result.backward()
    texts = written(plots.computation_graph(result, local_gradients=True))
    assert "grad 7" in texts  # 1 · 3 + 1 · 3 + 1
    places = {text.get_position() for text in plt.gca().texts if text.get_text() == "× 3"}
    assert len(places) == 2  # the two lines of a * a are told apart


def test_local_gradients_of_arrays_are_refused():
    with pytest.raises(ValueError, match="numbers only. Received: a graph with arrays"):
        plots.computation_graph(layer(), local_gradients=True)


def test_the_forward_pass_alone_has_no_gradients(written):
    texts = written(plots.computation_graph(neuron(), gradients=False))
    assert not [text for text in texts if "grad" in text]
    assert "x = 1.5" in texts
