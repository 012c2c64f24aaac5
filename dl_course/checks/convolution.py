"""The exercises of notebook 03, convolution, padding and stride."""

from __future__ import annotations

import numpy as np

from dl_course.checks import _patterns
from dl_course.checks._answer import normalize
from dl_course.checks._exercise import FunctionExercise, OpenExercise, ValueExercise
from dl_course.checks._kinds import Count, Real
from dl_course.checks._progress import measured, predict, progress
from dl_course.convolution import correlate

__all__ = [
    "convolution_parameters",
    "dilated",
    "horizontal_edges_only",
    "kernel_gradient",
    "measured",
    "output_sizes",
    "pad",
    "predict",
    "progress",
    "translation_kernel",
]


def _draw_arrays(rng, *shapes):
    """Positive and negative fractions; float32 holds them, and sums of 100 products, exactly."""
    unit, dtype = rng.choice([0.125, 8.0]), rng.choice(["float32", "float64"])
    return [(unit * rng.integers(-400, 401, size=shape)).astype(dtype) for shape in shapes]


def _draw_unequal(rng, most):
    """Two different whole numbers from 1 to `most`."""
    return tuple(int(n) for n in rng.permutation(np.arange(1, most + 1))[:2])


# 1. Sizes by hand: (28, 5, 0, 1), (32, 7, 2, 1), (28, 3, 0, 2), (224, 7, 3, 2).

output_sizes = ValueExercise(
    kind=Count(),
    expected=[24, 30, 13, 112],
    praise="Right, floor included.",
    hints=[
        "How far is it from the window's first position to its last? Padding widens the image.",
        "How many steps of the stride fit into that distance?",
        "There is one position more than there are steps.",
    ],
    mistakes=[
        ([24, 30, 14, 113], "Count no window that would stick out: which way does ⌊ ⌋ round?"),
        ([24, 30, 13, 113], "Three are right. In the last, does the last window stick out?"),
        ([24, 28, 13, 111], "Padding is on both sides: it counts twice."),
        ([24, 26, 13, 109], "The padding is forgotten in the second and the last."),
        ([24, 30, 26, 224], "The stride is forgotten in the last two."),
        ([28, 32, 14, 112], 'These are the sizes for "same"; the padding here is a number.'),
    ],
)


# 2. A frame of zeros.


def _pad_sides(top, bottom, left, right):
    return lambda image, n: np.pad(image, ((top * n, bottom * n), (left * n, right * n)))


def _draw_pad(rng):
    (image,) = _draw_arrays(rng, _draw_unequal(rng, 6))
    return image.astype(rng.choice([image.dtype, "int64"])), int(rng.integers(3, 8))


pad = FunctionExercise(
    kind=Real(),
    reference=lambda image, amount: np.pad(image, amount),
    cases=[
        (np.array([[1.5, 2.0, 3.0], [4.0, 5.0, -6.0]]), 1),
        (np.array([[-7.0, -8.5]]), 2),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), 0),
    ],
    draw=_draw_pad,
    praise="Right: the corners are there too.",
    hints=[
        "How large is the result, in rows and in columns?",
        "Make an array of zeros of that size first; then put the image into it.",
        "The image begins at row `amount`. Where does it end? Count from the front.",
    ],
    mistakes=[
        (_pad_sides(1, 1, 0, 0), "Zeros above and below, but none left and right."),
        (_pad_sides(0, 0, 1, 1), "Zeros left and right, but none above and below."),
        (_pad_sides(1, 0, 1, 0), "Only above and left: the frame goes all around."),
        (_pad_sides(0, 1, 0, 1), "Only below and right: the frame goes all around."),
        (_pad_sides(0, 2, 0, 2), "The size is right, but the image sits in a corner of it."),
        (lambda image, n: np.pad(image, 1), "The frame is always 1 wide: `amount` isn't used."),
        (lambda image, n: np.pad(image, n, "edge"), "The frame repeats the edge of the image."),
        (lambda image, n: 0 * np.pad(image, n), "The size is right, but the image is not in it."),
    ],
)


# 3. A kernel that translates an image by dx = 1.


def _one_at(row, column):
    return np.eye(9)[3 * row + column].reshape(3, 3)


translation_kernel = ValueExercise(
    kind=Real(),
    expected=_one_at(1, 0),
    praise="Right: each pixel takes the value of its left neighbour, so the picture moves right.",
    hints=[
        "Each output is a weighted sum of the nine pixels under the window. How many should count?",
        "Take one pixel of the translated image: where did its value stand before?",
        "Seen from the middle of the window, is that place to the left, or to the right?",
    ],
    mistakes=[
        (_one_at(1, 2), "This translates by dx = −1, to the left. (Is it flipped? Ours is not.)"),
        (_one_at(0, 1), "This translates by dy = 1, down."),
        (_one_at(2, 1), "This translates by dy = −1, up."),
        (_one_at(1, 1), "This kernel changes nothing: each output looks at its own pixel."),
        (np.ones((3, 3)) / 9, "This blurs: it is a mean of nine pixels."),
        (np.zeros((3, 3)), "All zeros make every picture black: some pixel must count."),
    ],
)


# 4. A window with gaps.


def _dilated(image, kernel, dilation):
    """Correlate with a kernel that has `dilation - 1` zeros between its weights."""
    wide = np.zeros(dilation * (np.array(kernel.shape) - 1) + 1)
    wide[::dilation, ::dilation] = kernel
    return correlate(image.astype(float), wide)


def _draw_dilated(rng):
    kernel, dilation = np.array(_draw_unequal(rng, 3)), int(rng.integers(3, 9))
    image = (dilation + 1) * (kernel - 1) + 1 + rng.integers(0, 4, size=2)
    return *_draw_arrays(rng, image, kernel), dilation


dilated = FunctionExercise(
    kind=Real(),
    reference=_dilated,
    cases=[
        (np.array([[1.0, 2.5, 5.0, 7], [0, 3, -1, 5]]), np.array([[1.0, -2.0]]), 2),
        (np.arange(20.0).reshape(4, 5) % 7, np.array([[1.0, 2.0], [3.0, -0.5]]), 1),
    ],
    draw=_draw_dilated,
    praise="Right: a wider view for the same number of weights.",
    hints=[
        "How many pixels does the window reach over, from its first weight to its last?",
        "A slice with a step, `start:stop:step`, picks the pixels that lie under the weights.",
        "Or build the wide kernel, with zeros in its gaps, and correlate as before.",
    ],
    mistakes=[
        (lambda x, w, d: correlate(x, w), "The window has no gaps yet: a plain correlation."),
        (lambda x, w, d: correlate(x, w, stride=d), "That is a stride: the window has no gaps."),
        (
            lambda x, w, d: correlate(x[::d, ::d], w),
            "The gaps belong in the window, not the image.",
        ),
        (lambda x, w, d: _dilated(x, w, d + 1), "The gaps are too wide: dilation 1 means no gap."),
        (lambda x, w, d: _dilated(x, np.flip(w), d), "The kernel is flipped: no flip is wanted."),
    ],
)


# 5. How many numbers do convolutions learn, one after the other?


def _parameters(of_layer):
    """Add up `of_layer(kh, kw, channels, filters)` over the layers."""
    return lambda kernel_size, channels, filters: sum(
        of_layer(*kernel_size, *layer) for layer in zip([channels, *filters], filters, strict=False)
    )


_count = _parameters(lambda kh, kw, c, f: (kh * kw * c + 1) * f)


def _draw_layers(rng):
    filters = rng.integers(2, 65, size=rng.integers(3, 6)).tolist()
    return _draw_unequal(rng, 7), int(rng.integers(2, 9)), [*filters, filters[-1]]


convolution_parameters = FunctionExercise(
    kind=Count(),
    reference=_count,
    cases=[((3, 5), 2, [10, 20]), ((1, 1), 8, [4])],
    draw=_draw_layers,
    praise="Right, and the size of the image does not matter.",
    hints=[
        "Begin with one layer: how many weights has one filter, and how many biases?",
        "The channels that go into the second layer are what the first one gives.",
        "Add up over the layers, and keep track of how many channels go into the next one.",
    ],
    mistakes=[
        (_parameters(lambda kh, kw, c, f: kh * kw * c * f), "The biases are missing."),
        (_parameters(lambda kh, kw, c, f: kh * kw * c * f + 1), "Each filter has its own bias."),
        (_parameters(lambda kh, kw, c, f: kh * kw * c + f), "Each filter has its own weights."),
        (_parameters(lambda kh, kw, c, f: (kh * kw + 1) * f), "A filter looks at all channels."),
        (_parameters(lambda kh, kw, c, f: (kh * kh * c + 1) * f), "The kernel's width isn't used."),
        (_parameters(lambda kh, kw, c, f: (kh * kw * f + 1) * c), "Count a bias for each filter."),
        (lambda k, c, fs: _count(k, c, fs[:1]), "Only the first layer is counted."),
        (
            lambda k, c, fs: sum(_count(k, c, [f]) for f in fs),
            "Only layer 1 sees the image itself.",
        ),
    ],
)


# 6. The gradient with respect to the kernel, with a stride.


def _gradient(image, grad_output, kernel_size, stride):
    kh, kw = kernel_size
    return _dilated(image, grad_output, stride)[:kh, :kw]


def _draw_kernel_gradient(rng):
    kernel, outputs = _draw_unequal(rng, 4), np.array(_draw_unequal(rng, 4)) + 1
    stride = int(rng.integers(3, 9))
    left_over = rng.integers(0, stride, size=2)  # pixels that no window reaches
    image = stride * (outputs - 1) + kernel + left_over
    return *_draw_arrays(rng, image, outputs), kernel, stride


kernel_gradient = FunctionExercise(
    kind=Real(),
    reference=_gradient,
    cases=[
        (np.array([[1.0, 2.5, 5.0, 7], [0, 3, -1, 5]]), np.array([[1.0, -2.0]]), (2, 3), 1),
        (np.arange(48.0).reshape(6, 8) ** 2 % 11, np.array([[1, 2, 1], [0, -1.5, 4]]), (3, 4), 2),
    ],
    draw=_draw_kernel_gradient,
    praise="Right: a correlation again, of the image with the dilated gradient of the outputs.",
    hints=[
        "Take one weight: which pixel does it meet in the first window, and which in the next?",
        "By the chain rule, each of these pixels counts with the gradient of its window's output.",
        "With stride 1 section 8 does it. With a larger one, the pixels lie further apart.",
    ],
    mistakes=[
        (lambda x, g, k, s: _gradient(x, g, k, 1), "The stride isn't used."),
        (lambda x, g, k, s: correlate(x, g, stride=s), "Which pixels does a single weight meet?"),
        (lambda x, g, k, s: _dilated(x, g, s), "One number for each weight is wanted, not more."),
        (lambda x, g, k, s: _gradient(x, np.flip(g), k, s), "`grad_output` should not be flipped."),
        (lambda x, g, k, s: _gradient(x, np.ones_like(g), k, s), "`grad_output` isn't used."),
        (lambda x, g, k, s: x[: k[0], : k[1]] * g[0, 0], "That is the first window's part alone."),
    ],
)


# 7. A kernel with a wish list.

FLAT = np.ones((5, 5))
LEFT_DARK = np.array([[0.0, 0, 1, 1, 1]] * 5)  # a vertical edge
TOP_DARK = LEFT_DARK.T  # a horizontal edge


def _responds(kernel, image):
    """True if a response is not 0: larger than a millionth of the kernel's largest weight."""
    return np.max(np.abs(correlate(image, kernel / np.max(np.abs(kernel))))) > 1e-6


def _look_at_kernel(answer, rng):
    """A hint about a kernel that should respond to horizontal edges and nothing else, or None."""
    given = normalize(answer)
    kernel = given.value
    if hint := given.hint or _patterns.wrong_shape(kernel, np.zeros((3, 3)), Real()):
        return hint
    if kernel.dtype.kind == "c" or not np.all(np.isfinite(kernel := kernel.astype(float))):
        return "Nine real, finite numbers are wanted."
    if not np.any(kernel):
        return "All zeros respond to nothing at all."
    flat, vertical, horizontal = (_responds(kernel, x) for x in (FLAT, LEFT_DARK, TOP_DARK))
    if flat:
        return "It responds where nothing changes: what must the nine numbers add up to?"
    if vertical and not horizontal:
        return "It responds to vertical edges and not to horizontal ones: the other way round."
    if vertical:
        return "It responds to a vertical edge too: look at its columns, one by one."
    if not horizontal:
        return "It responds to nothing yet: neither to vertical edges nor to horizontal ones."
    return None


horizontal_edges_only = OpenExercise(
    look=_look_at_kernel,
    praise="Right: no response in flat areas and at vertical edges, but one at horizontal edges.",
    hints=[
        "Section 4 has kernels that respond to edges in one direction. Then invent your own.",
        "In a flat area all nine pixels are equal: what is the response then?",
        "At a vertical edge, the pixels of one column are still equal to each other.",
    ],
)
