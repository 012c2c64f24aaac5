"""Exercises on kernels: right answers in many styles pass, wrong ones get a hint that is true."""

import functools
import json
import re
from fractions import Fraction

import keras
import numpy as np
import pytest
from answers import faults, right_cases, wrong_cases

from dl_course import convolution
from dl_course.checks.convolution import kernels as check
from dl_course.convolution import correlate

tensor = keras.ops.convert_to_tensor


MOVES = np.array([[0, 0, 0], [1, 0, 0], [0, 0, 0]])
SECOND = np.array([[0.0, 1, 0], [0, -2, 0], [0, 1, 0]])


# Right answers -----------------------------------------------------------------------------------


def windows_of(image, kernel_size):
    """A row for each window."""
    (h, w), (kh, kw) = image.shape, kernel_size
    places = np.ndindex(h - kh + 1, w - kw + 1)
    return np.array([image[r : r + kh, c : c + kw].ravel() for r, c in places])


def find_by_lstsq(image, output, kernel_size):
    solution, *_ = np.linalg.lstsq(windows_of(image, kernel_size), output.ravel(), rcond=None)
    return solution.reshape(kernel_size)


def find_by_normal_equations(image, output, kernel_size):
    a = windows_of(image, kernel_size)
    return np.linalg.solve(a.T @ a, a.T @ output.ravel()).reshape(kernel_size).tolist()


def find_by_pseudoinverse(image, output, kernel_size):
    weights = np.linalg.pinv(windows_of(image, kernel_size)) @ output.ravel()
    return tensor(weights.reshape(kernel_size).astype("float32"))


def find_by_descent(image, output, kernel_size):
    a, y = windows_of(image, kernel_size), output.ravel()
    weights, step = np.zeros(a.shape[1]), 1 / np.linalg.norm(a, 2) ** 2
    for _ in range(5000):
        weights = weights - step * a.T @ (a @ weights - y)
    return weights.reshape(kernel_size)


class FindByMovedImages:
    def __call__(self, image, output, kernel_size):
        h, w = output.shape
        moved = [image[i : i + h, j : j + w].ravel() for i, j in np.ndindex(*kernel_size)]
        return np.linalg.lstsq(np.stack(moved, axis=1), output.ravel(), rcond=None)[0].reshape(
            kernel_size
        )


@functools.cache
def measured_errors(repeats=50, noise=0.5):
    rng, sobel = np.random.default_rng(0), convolution.KERNELS["sobel x"]
    errors = []
    for n in (10, 20, 40, 80):
        found = []
        for _ in range(repeats):
            image = rng.normal(size=(n + 2, n + 2))
            output = correlate(image, sobel) + noise * rng.normal(size=(n, n))
            kernel = FindByMovedImages()(image, output, (3, 3))
            found.append(np.sqrt(np.mean((kernel - sobel) ** 2)))
        errors.append(np.mean(found))
    return errors


RIGHT = {
    "translation_kernel": [
        MOVES,
        MOVES.astype("float32"),
        MOVES.tolist(),
        tuple(map(tuple, MOVES.tolist())),
        tensor(MOVES.astype("float32")),
        MOVES.astype(bool),
        [[Fraction(0)] * 3, [Fraction(1), 0, 0], [0] * 3],
        np.roll(convolution.KERNELS["identity"], -1, axis=1),
    ],
    "find_kernel": [
        find_by_lstsq,
        find_by_normal_equations,
        find_by_pseudoinverse,
        find_by_descent,
        FindByMovedImages(),
        functools.partial(lambda function, *given: function(*given), find_by_lstsq),
    ],
    "kernel_errors": [
        measured_errors(),
        tuple(measured_errors()),
        np.array(measured_errors(), "float32"),
        tensor(np.array(measured_errors(), "float32")),
        [Fraction(error) for error in measured_errors()],
        [0.5 / np.sqrt(n * n - 10) for n in (10, 20, 40, 80)],
    ],
    "horizontal_edges_only": [
        convolution.KERNELS["sobel y"],
        -convolution.KERNELS["second derivative y"],
        [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
        ((1, 0, 0), (-1, 0, 0), (0, 0, 0)),
        1e-300 * SECOND,
        1e307 * SECOND,
        [[1e-30, 0, 0], [0, 0, 0], [-1e-30, 0, 0]],
        [[5e-324, 0, 0], [-5e-324, 0, 0], [0, 0, 0]],
        [[10**30, 0, 0], [-(10**30), 0, 0], [0, 0, 0]],
        [[Fraction(1, 3), 0, 0], [Fraction(1, 3), 0, 0], [Fraction(-2, 3), 0, 0]],
        np.array([[0.1, 0.3, 0.7], [0.2, 0.4, 0.1], [-0.3, -0.7, -0.8]], "float32"),
        np.array([[1, -1, 1], [-1, 1, -1], [0, 0, 0]]),
        np.array([[1, 2, 3], [-1, -2, -3], [0, 0, 0]], "int8"),
        tensor(SECOND.astype("float32")),
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), right_cases(check, RIGHT))
def test_right_answers_pass_in_any_style(exercise, answer):
    assert set(faults(exercise, answer)) == {None}


# Wrong answers -----------------------------------------------------------------------------------


WRONG = {
    "translation_kernel": [
        (-MOVES, "sign"),
        (MOVES / 2, "too small"),
        (MOVES + convolution.KERNELS["identity"], r"\[1, 1\] is too large"),
        (np.ones((3, 3)), "8 of 9"),
        (np.zeros((3, 3)), "All zeros"),
        ([[1, 0, 0]] * 3, "2 of 9 numbers"),
        (np.diag([1, 0, 0]), r"\[0, 0\] is too large"),
        ([1, 0, 0], r"shape is \(3,\)"),
        (MOVES.ravel(), r"shape is \(9,\)"),
        (np.pad(MOVES, 1), r"shape is \(5, 5\)"),
        (MOVES[:, :, None, None], "axis of length 1"),
        ("left", "text"),
        (1, "one number"),
        (convolution.correlate, "That is a function"),
    ],
    "find_kernel": [
        (lambda x, y, k: find_by_lstsq(x, y, k).T, "transposed|shape"),
        (lambda x, y, k: -find_by_lstsq(x, y, k), "sign"),
        (lambda x, y, k: find_by_lstsq(x, y, k).ravel(), "axis is missing|shape"),
        (lambda x, y, k: find_by_lstsq(x, y, (2, 3)), "Right for the first cases only|shape"),
        (lambda x, y, k: find_by_lstsq(x, y, (3, 3)), "raised|shape"),
        (lambda x, y, k: np.array([[1.0, -2, 0], [0, 3, 1]]), "Right for the first cases only"),
        (lambda x, y, k: find_by_lstsq(x, y, k) / 2, "0.5 times|too"),
        (lambda x, y, k: np.ones(k), "numbers"),
        (lambda x, y, k: y, "shape"),
        (lambda x, y, k: print(find_by_lstsq(x, y, k)), "return"),
        (lambda x, y: x, "must take the arguments"),
        (lambda x, y, k: windows_of(x, k), "shape"),
        ([[1, 1, 1], [1, 0, 1], [1, 1, 1]], "A function is wanted"),
    ],
    "kernel_errors": [
        ([0.5 / 10**2, 0.5 / 20**2, 0.5 / 40**2, 0.5 / 80**2], "too small"),
        ([0.05, 0.05, 0.05, 0.05], "too large"),
        ([0.05, 0.0125, 0.0031, 0.0008], "too small"),
        ([0.1, 0.05, 0.025, 0.0125], "About twice too large"),
        ([0.041, 0.0203, 0.0101, 0.0051], "not absolute values"),
        ([0.05, 0.025, 0.0125], r"shape is \(3,\)"),
        (0.05, "one number"),
        (measured_errors, "That is a function"),
        ([-0.05, -0.025, -0.0125, -0.00625], "sign"),
        (np.array(measured_errors())[:, None], "axis of length 1"),
        ([0, 0, 0, 0], "4 of 4 numbers"),
    ],
    "horizontal_edges_only": [
        (np.zeros((3, 3)), "All zeros"),
        (-0.0 * MOVES, "All zeros"),
        (np.zeros((3, 3), bool), "All zeros"),
        (convolution.KERNELS["box"], "nothing changes"),
        (1e-12 * convolution.KERNELS["box"], "nothing changes"),
        (convolution.KERNELS["sobel x"], "other way round"),
        (1e-9 * convolution.KERNELS["sobel x"], "other way round"),
        (convolution.KERNELS["emboss"], "nothing changes"),
        (convolution.KERNELS["sobel x"] + convolution.KERNELS["sobel y"], "vertical edge too"),
        ([[0, 1, 0], [1, -4, 1], [0, 1, 0]], "vertical edge too"),
        ([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], "responds to nothing"),
        (1e9 * np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]]), "responds to nothing"),
        ([[1, 1, 1], [0, 0, 0], [-1, -1, -1 + 1e-5]], "nothing changes"),
        (1e20 * (SECOND + [[0, 0, 0], [0, 1e-4, 0], [0, 0, 0]]), "nothing changes"),
        (1e-20 * (SECOND + [[0, 0, 0], [0, 1e-4, 0], [0, 0, 0]]), "nothing changes"),
        (np.zeros((3, 2)), r"shape is \(3, 2\)"),
        (SECOND.ravel(), r"shape is \(9,\)"),
        (SECOND[:, :, None, None], "axis of length 1"),
        (SECOND + np.nan, "finite"),
        ([[np.inf, 0, 0], [-np.inf, 0, 0], [0, 0, 0]], "finite"),
        (1j * SECOND, "real"),
        ([[1, 2], [3]], "different lengths"),
        (correlate, "That is a function"),
        ("sobel y", "text"),
        (-1, "one number"),
    ],
}


@pytest.mark.parametrize(("exercise", "answer", "word"), wrong_cases(check, WRONG))
def test_wrong_answers_get_the_hint_that_is_meant(exercise, answer, word):
    assert all(fault and re.search(word, fault) for fault in faults(exercise, answer))


# What the exercises say is so --------------------------------------------------------------------


def test_the_kernel_translates_by_one_to_the_right():
    image = np.arange(12.0).reshape(3, 4)
    moved = correlate(image, check.translation_kernel.expected, padding="same")
    np.testing.assert_array_equal(moved[:, 1:], image[:, :-1])


def test_the_second_table_of_the_page_was_made_by_a_ring():
    from support import ROOT, code_cells, read_notebook

    page = read_notebook(ROOT / "notebooks" / "03_convolution.ipynb")
    found = {}
    for cell in code_cells(page):
        for name in ("drawing", "mystery"):
            if match := re.search(
                rf"^{name} = np.array\(\s*(\[.*?\n    \])", cell.source, re.S | re.M
            ):
                found[name] = np.array(json.loads(re.sub(r",(\s*\])", r"\1", match[1])))
    kernel = find_by_lstsq(found["drawing"], found["mystery"], (3, 3))
    np.testing.assert_allclose(kernel, [[1, 1, 1], [1, 0, 1], [1, 1, 1]], atol=1e-9)


def test_the_errors_expected_are_those_of_least_squares():
    np.testing.assert_allclose(measured_errors(200), check.kernel_errors.expected, rtol=0.05)
