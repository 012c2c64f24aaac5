"""The open exercise of notebook 02, and answers written in another way."""

import numpy as np
import pytest

from dl_course import convolution
from dl_course.checks import convolution as check


def test_sizes_may_come_as_a_list():
    assert check.output_sizes.verdict([24, 28, 13, 112]).passed


def test_pad_by_slices():
    def pad(image, amount):
        h, w = image.shape
        padded = np.zeros((h + 2 * amount, w + 2 * amount))
        padded[amount : amount + h, amount : amount + w] = image
        return padded

    assert check.pad.verdict(pad).passed


def test_dilated_by_loops():
    def dilated(image, kernel, dilation):
        kh, kw = dilation * (np.array(kernel.shape) - 1) + 1
        rows, columns = image.shape[0] - kh + 1, image.shape[1] - kw + 1
        out = np.zeros((rows, columns))
        for r in range(rows):
            for c in range(columns):
                out[r, c] = np.sum(image[r : r + kh : dilation, c : c + kw : dilation] * kernel)
        return out

    assert check.dilated.verdict(dilated).passed


def test_kernel_gradient_equals_conv2d_gradients():
    def kernel_gradient(image, grad_output):
        shape = np.subtract(image.shape, grad_output.shape) + 1
        kernel = np.zeros((*shape, 1, 1))
        x, g = image[None, :, :, None], grad_output[None, :, :, None]
        return convolution.conv2d_gradients(x, kernel, g)[1][:, :, 0, 0]

    assert check.kernel_gradient.verdict(kernel_gradient).passed


def test_the_shift_moves_right():
    image = np.arange(12.0).reshape(3, 4)
    moved = convolution.correlate(image, check.shift_right.expected, padding="same")
    np.testing.assert_array_equal(moved[:, 1:], image[:, :-1])


@pytest.mark.parametrize("name", ["sobel y", "second derivative y"])
def test_kernels_that_see_horizontal_edges_only(name):
    assert check.horizontal_edges_only.verdict(convolution.KERNELS[name]).passed
    assert check.horizontal_edges_only.verdict(-convolution.KERNELS[name].copy()).passed


@pytest.mark.parametrize(
    ("kernel", "word"),
    [
        (np.zeros((3, 3)), "All zeros"),
        (convolution.KERNELS["box"], "nothing changes"),
        (convolution.KERNELS["sobel x"], "vertical edge"),
        (np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]]), "neither"),
        (np.zeros((3, 2)), "shape (3, 2)"),
        ([[1, 2], [3]], "can't be used"),
    ],
)
def test_kernels_that_do_not(kernel, word):
    verdict = check.horizontal_edges_only.verdict(kernel)
    assert not verdict.passed
    assert word in verdict.message
