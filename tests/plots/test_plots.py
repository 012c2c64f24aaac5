"""Pictures hold what they were given: lines, pixels, titles and texts are read back."""

import base64
import subprocess

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.offsetbox import AnnotationBbox
from nbclient import NotebookClient
from support import ROOT

from dl_course import plots


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def test_panels_have_the_size_and_shape_asked_for():
    axes = plots.panels(2, 3, width=9, height=2)
    assert axes.shape == (2, 3)
    assert axes[0, 0].figure.get_size_inches().tolist() == [9, 4]


def test_six_lines_can_be_told_apart_without_colour():
    """In grey print, and with a colour-blindness: by dashes and markers."""
    assert len({to_rgb(color) for color in plots.COLORS}) == 6
    assert len(set(plots.MARKERS)) == 6
    ax = plots.function_curves({str(n): np.sin for n in range(6)}, np.arange(3))
    curves = [line for line in ax.lines if line.get_label().isdigit()]
    assert len({str(line._dash_pattern) for line in curves}) == 6


@pytest.mark.parametrize("shape", [(5, 8, 8), (5, 8, 8, 1), (5, 8, 8, 3)])
def test_image_grid(shape):
    images = np.random.default_rng(0).random(shape)
    axes = plots.image_grid(images, titles="abcde", columns=2)
    assert [ax.get_title() for ax in axes] == list("abcde")
    for ax, image in zip(axes, images, strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), image.squeeze())
    if shape[3:] != (3,):  # one scale for all, so that images can be compared
        assert {ax.images[0].get_clim() for ax in axes} == {(images.min(), images.max())}


@pytest.mark.parametrize("shape", [(8, 8), (0, 8, 8), (2, 8, 8, 4), (2, 2, 2, 2, 2)])
def test_image_grid_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match="`images` must have shape .*Received: "):
        plots.image_grid(np.zeros(shape))


def test_image_grid_refuses_too_few_titles():
    with pytest.raises(ValueError, match="`titles` must be as many as the images, 2. Received: 1"):
        plots.image_grid(np.zeros((2, 4, 4)), titles=["one"])


def test_image_as_numbers_writes_each_number_where_it_stands():
    image = np.array([[0, 16, 3], [7, 8, 9]])
    ax = plots.image_as_numbers(image)
    written = {(t.get_position()[1], t.get_position()[0]): t.get_text() for t in ax.texts}
    assert written == {place: str(value) for place, value in np.ndenumerate(image)}
    colour = {text.get_text(): text.get_color() for text in ax.texts}
    assert colour["0"] == "white"  # readable on black
    assert colour["16"] == "black"


def test_image_as_numbers_decimals():
    assert plots.image_as_numbers([[0.25, 1.0]]).texts[0].get_text() == "0.2"
    assert plots.image_as_numbers([[0.25, 1.0]], decimals=2).texts[0].get_text() == "0.25"


@pytest.mark.parametrize("shape", [(3,), (2, 2, 3), (33, 5), (0, 4)])
def test_image_as_numbers_refuses_what_nobody_can_read(shape):
    with pytest.raises(ValueError, match="`image` must have shape .*Received: "):
        plots.image_as_numbers(np.zeros(shape))


def test_function_curves():
    x = np.linspace(-1, 1, 5)
    ax = plots.function_curves({"square": np.square, "double": lambda v: 2 * v}, x)
    curves = {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}
    np.testing.assert_array_equal(curves["square"].get_ydata(), x**2)
    np.testing.assert_array_equal(curves["double"].get_ydata(), 2 * x)
    assert curves["square"].get_linestyle() != curves["double"].get_linestyle()
    assert ax.get_xlabel() == "x"


def test_loss_curves_count_epochs_from_one():
    ax = plots.loss_curves({"loss": [3.0, 2.0], "val_loss": [3.5, 3.0]}, log=True)
    assert ax.lines[0].get_xdata().tolist() == [1, 2]
    assert [line.get_label() for line in ax.lines] == ["loss", "val_loss"]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_yscale()) == ("epoch", "loss", "log")


def test_contour_path_draws_the_path():
    path = np.array([[2.0, 1.0], [1.0, 0.5], [0.0, 0.0]])
    ax = plots.contour_path(lambda a, b: a**2 + b**2, path, x=(-2, 2), y=(-1, 1))
    np.testing.assert_array_equal(np.array(ax.lines[0].get_data()).T, path)
    assert ax.get_xlim() == (-2, 2)
    assert ax.get_ylim() == (-1, 1)


def test_points_have_a_marker_for_each_class():
    ax = plots.points(np.arange(8.0).reshape(4, 2), np.array([0, 1, 1, 0]))
    assert [len(collection.get_offsets()) for collection in ax.collections] == [2, 2]
    shapes = [len(collection.get_paths()[0].vertices) for collection in ax.collections]
    assert shapes[0] != shapes[1]


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


def test_probability_bars():
    ax = plots.probability_bars([0.82, 0.15, 0.03], ["cat", "dog", "hat"], right=0)
    assert [bar.get_width() for bar in ax.patches] == [0.82, 0.15, 0.03]
    assert [text.get_text() for text in ax.texts] == ["82 %", "15 %", "3 %"]
    assert ax.patches[0].get_facecolor() != ax.patches[1].get_facecolor()


def test_network_diagram_draws_a_line_for_each_weight():
    ax = plots.network_diagram([2, 8, 3], names=["in", "hidden", "out"])
    assert len(ax.lines) == 2 * 8 + 8 * 3
    assert [text.get_text() for text in ax.texts] == ["in\n2", "hidden\n8", "out\n3"]
    assert len(plots.network_diagram([64, 3]).lines) == 6 * 3  # large layers are shortened


@pytest.mark.parametrize("sizes", [[], [3], [3, 0]])
def test_network_diagram_refuses(sizes):
    with pytest.raises(ValueError, match="`sizes` must be two or more .*Received: "):
        plots.network_diagram(sizes)


def test_helpers_draw_into_the_axes_they_are_given():
    ax = plots.panels()
    figures = plt.get_fignums()
    assert plots.function_curves({"f": np.sin}, np.arange(3), ax=ax) is ax
    assert plots.loss_curves({"loss": [1]}, ax=ax) is ax
    assert plots.contour_path(lambda a, b: a + b, ax=ax) is ax
    assert plots.image_as_numbers([[1]], ax=ax) is ax
    assert plots.points([[0, 0]], np.array([0]), ax=ax) is ax
    assert plots.network_diagram([1, 2], ax=ax) is ax
    assert plt.get_fignums() == figures


# Convolution -------------------------------------------------------------------------------------

IMAGE = np.array(
    [[0, 1, 0, 1, 1], [1, 1, 0, 1, 0], [1, 0, 1, 0, 1], [1, 1, 0, 1, 0], [0, 0, 1, 1, 0]]
)
CROSS = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]])


def written(ax):
    return [text.get_text() for text in ax.texts]


def test_convolution_strip_writes_products_and_the_sums_so_far():
    axes = plots.convolution_strip(IMAGE, CROSS, [0, 1, 8])
    assert axes.shape == (3, 4)
    assert written(axes[0, 2]) == list("000010101")
    assert written(axes[1, 3]) == ["3", "2"]
    assert written(axes[2, 3]) == list("324250414")
    assert axes[1, 3].get_title() == "sum 2"
    window = axes[1, 0].patches[-1]
    assert (window.get_xy(), window.get_width()) == ((0.5, -0.5), 3)


def test_convolution_strip_with_stride_and_padding():
    axes = plots.convolution_strip(IMAGE, CROSS, [1], stride=2, padding=1)
    assert axes[0, 0].images[0].get_array().shape == (7, 7)
    assert axes[0, 0].patches[-1].get_xy() == (1.5, -0.5)


@pytest.mark.parametrize("steps", [[9], [-1]])
def test_convolution_strip_refuses_positions_that_are_not_there(steps):
    with pytest.raises(ValueError, match="`steps` must be from 0 to 8. Received: "):
        plots.convolution_strip(IMAGE, CROSS, steps)


@pytest.mark.parametrize(
    ("size", "kernel", "padding", "stride", "starts"),
    [
        (7, 3, 0, 1, [0, 1, 2, 3, 4]),
        (7, 3, 1, 3, [-1, 2, 5]),
        (8, 3, "valid", 2, [0, 2, 4]),
        (8, 3, "same", 2, [0, 2, 4, 6]),  # one zero, at the end
        (7, 3, "same", 2, [-1, 1, 3, 5]),
    ],
)
def test_sliding_windows_stand_where_keras_puts_them(size, kernel, padding, stride, starts):
    ax = plots.sliding_windows(size, kernel, padding=padding, stride=stride)
    assert [round(line.get_xdata()[0] - 0.1) for line in ax.lines] == starts
    assert ax.get_title() == f"{size} pixels → {len(starts)} outputs"


def test_feature_stack_shows_every_map():
    maps = np.random.default_rng(0).random((6, 8, 10))
    ax = plots.feature_stack(maps)
    assert len(ax.images) == 10
    np.testing.assert_array_equal(ax.images[-1].get_array(), maps[:, :, 0])  # the first is in front


def test_convnet_blocks_write_shapes_and_parameters():
    layers = [
        {"name": "input", "shape": (28, 28, 1), "parameters": 0},
        {"name": "Conv", "shape": (28, 28, 6), "parameters": 156},
        {"name": "Dense", "shape": (1200,), "parameters": 12345},
    ]
    ax = plots.convnet_blocks(layers)
    assert len(ax.patches) == 3
    assert ax.patches[0].get_height() == ax.patches[1].get_height()
    assert ax.patches[0].get_width() < ax.patches[1].get_width()
    assert "28 × 28 × 6" in written(ax)
    assert "12,345" in written(ax)


def test_receptive_fields_are_as_large_as_they_say():
    ax = plots.receptive_fields(np.zeros((64, 64)), {"conv": 5, "pool": 6})
    assert [patch.get_width() for patch in ax.patches] == [5, 6]
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["conv: 5 × 5", "pool: 6 × 6"]


def test_image_as_numbers_leaves_nan_empty_and_has_no_negative_zero():
    ax = plots.image_as_numbers([[np.nan, -0.01, 2.5]], limits=(-3, 3))
    assert written(ax) == ["0.0", "2.5"]
    assert ax.images[0].get_clim() == (-3, 3)


# Alternative texts -------------------------------------------------------------------------------


@pytest.mark.parametrize("alt", ["", "  ", None, 3])
def test_show_needs_a_text(alt):
    plots.panels()
    with pytest.raises(ValueError, match="`alt` must say in words .*Received: "):
        plots.show(alt)


def test_show_needs_a_figure():
    with pytest.raises(ValueError, match="no figure to show"):
        plots.show("a line")


def test_the_alternative_text_reaches_the_saved_notebook_and_its_html(python, tmp_path):
    source = (
        "from dl_course import plots\n"
        "plots.loss_curves({'loss': [3, 2]})\n"
        "plots.show('A line that \"falls\" from 3 to 2.')"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    (output,) = notebook.cells[0].outputs  # one figure, not a second time at the end of the cell
    assert output.metadata["image/png"]["alt"] == 'A line that "falls" from 3 to 2.'
    assert base64.b64decode(output.data["image/png"]).startswith(b"\x89PNG")

    nbformat.write(notebook, tmp_path / "figure.ipynb")
    convert = [python, "-m", "nbconvert", "--to", "html", "--config", "docs/nbconvert.json"]
    subprocess.run([*convert, tmp_path / "figure.ipynb"], cwd=ROOT, check=True, capture_output=True)
    html = (tmp_path / "figure.html").read_text(encoding="utf-8")
    assert "<img alt='A line that \"falls\" from 3 to 2.'" in html


def test_show_works_in_a_script(python, tmp_path):
    code = "from dl_course import plots; plots.panels(); plots.show('nothing much')"
    environment = {"MPLBACKEND": "Agg", "PATH": "", "HOME": str(tmp_path)}
    done = subprocess.run(
        [python, "-W", "ignore", "-c", code], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr


# A map of pictures --------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(3, 6, 8), (3, 6, 8, 1), (3, 6, 8, 3)])
def test_thumbnails_lie_at_their_points(shape):
    images = np.random.default_rng(0).random(shape)
    places = [[0, 0], [10, 5], [-4, 2]]
    ax = plots.thumbnail_map(places, images, labels=[0, 2, 0], size=0.5)
    boxes = [child for child in ax.get_children() if isinstance(child, AnnotationBbox)]
    assert [list(box.xy) for box in boxes] == places
    for box, image in zip(boxes, images, strict=True):
        np.testing.assert_array_equal(box.offsetbox.get_data(), image.squeeze())
        assert box.offsetbox.get_zoom() * 8 == pytest.approx(36)  # points: half an inch
    frames = [box.patch.get_edgecolor()[:3] for box in boxes]
    assert frames == [to_rgb(plots.COLORS[n]) for n in (0, 2, 0)]
    ax.figure.canvas.draw()
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    assert left < -4 < 10 < right
    assert low < 0 < 5 < high


def test_thumbnails_share_their_greys():
    ax = plots.thumbnail_map([[0, 0], [1, 1]], np.array([np.zeros((4, 4)), np.full((4, 4), 7.0)]))
    boxes = [child for child in ax.get_children() if isinstance(child, AnnotationBbox)]
    assert [box.offsetbox.image.get_clim() for box in boxes] == [(0, 7), (0, 7)]


@pytest.mark.parametrize(
    ("points", "images", "labels", "message"),
    [
        (np.zeros((2, 2)), np.zeros((3, 4, 4)), None, r"`points` .*\(3, 2\). Received: \(2, 2\)"),
        (np.zeros((3, 3)), np.zeros((3, 4, 4)), None, r"`points` .*Received: \(3, 3\)"),
        (np.zeros((3, 2)), np.zeros((3, 4, 4)), [0, 1], "`labels` .* 3. Received: 2"),
        (np.zeros((0, 2)), np.zeros((0, 4, 4)), None, r"`images` .*Received: \(0, 4, 4\)"),
        (np.zeros((3, 2)), np.zeros((3, 4, 4, 2)), None, r"`images` .*Received: \(3, 4, 4, 2\)"),
    ],
)
def test_a_thumbnail_map_refuses_what_does_not_fit(points, images, labels, message):
    with pytest.raises(ValueError, match=message):
        plots.thumbnail_map(points, images, labels=labels)


# Training and its result ---------------------------------------------------------------------------


def test_training_curves_put_losses_left_and_accuracies_right():
    history = {"loss": [2, 1], "val_loss": [3, 2], "accuracy": [0.5, 0.7], "seconds": [9, 9]}
    left, right = plots.training_curves(history, log=True)
    assert [line.get_label() for line in left.lines] == ["training", "validation"]
    assert left.lines[1].get_xydata().tolist() == [[1, 3], [2, 2]]
    assert [line.get_ydata().tolist() for line in right.lines] == [[0.5, 0.7]]
    assert (left.get_yscale(), right.get_yscale()) == ("log", "linear")


def test_training_curves_need_a_loss():
    with pytest.raises(ValueError, match=r"`history`.*Received: \['mae'\]"):
        plots.training_curves({"mae": [1]})


def test_confusion_colours_mistakes_and_greys_the_right_answers():
    ax = plots.confusion([[50, 3], [0, 40]], ["cat", "dog"])
    assert [text.get_text() for text in ax.texts] == ["50", "3", "·", "40"]
    assert np.asarray(ax.images[0].get_array()).tolist() == [[0, 3], [0, 0]]
    assert len(ax.patches) == 2
    assert [label.get_text() for label in ax.get_yticklabels()] == ["cat", "dog"]


def test_confusion_refuses_other_shapes():
    with pytest.raises(ValueError, match=r"`counts`.*Received: \(2, 2\)"):
        plots.confusion([[1, 2], [3, 4]], ["a", "b", "c"])


def test_predictions_pair_images_with_bars():
    images = np.random.default_rng(0).random((3, 6, 6, 1))
    axes = plots.predictions(
        images, [[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]], [0, 0, 1], "ab", columns=2
    )
    assert axes.shape == (3, 2)
    assert [pair[0].get_title() for pair in axes] == ["right: a", "right: a", "right: b"]
    assert [bar.get_width() for bar in axes[1, 1].patches] == [0.2, 0.8]
    drawn = np.asarray(axes[2, 0].images[0].get_array())
    np.testing.assert_array_equal(drawn, images[2, :, :, 0])


def test_predictions_refuse_unequal_numbers():
    with pytest.raises(ValueError, match="Received: 2, 1, 2"):
        plots.predictions(np.zeros((2, 4, 4, 1)), [[1, 0]], [0, 1], "ab")
