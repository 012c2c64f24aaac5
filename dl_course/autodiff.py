"""Backpropagation by a tape: numbers that remember how they were computed, in NumPy.

A `Value` holds a number or an array. Arithmetic with values makes new values, and each keeps its
parents, the values it was computed from: together they are the **computation graph**. `backward` walks
through this graph from the loss to the inputs. Slopes along a path multiply, and where several paths
lead to the same value, they add.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dl_course import _validate

__all__ = ["Value"]


class Value:
    """A number or an array that remembers how it was computed.

    Works with `+`, `-`, `*`, `/`, `**`, `@`, indexing, and the methods below, as NumPy does: shapes are
    broadcast. Numbers and arrays in an expression become constants. Everything is float64. A graph
    belongs to the numbers it was computed from: after changing `data`, compute the loss anew.

    Attributes:
        data: The number, or an array.
        grad: The gradient of the loss with respect to `data`, of the same shape: 0 before `backward`.
        label: A name, for pictures.
        operation: How it was computed, such as `"+"`; `"constant"` for a constant, `""` for an input.
        parents: The values it was computed from; `()` for an input or a constant.

    Args:
        data: A number, or an array of any shape; it is copied.
        label: A name, for pictures.

    Reference:
        Karpathy, "micrograd", 2020; Baydin et al., "Automatic differentiation in machine learning: a
        survey", JMLR 2018.

    Examples:
        >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
        >>> loss = a * b + a**2
        >>> loss.data
        -2.0
        >>> loss.backward()
        >>> a.grad, b.grad  # b + 2a, and a
        (1.0, 2.0)
    """

    __array_ufunc__ = None  # array + value: NumPy leaves it to `__radd__`
    __iter__ = None  # Python's own sum(value) is an error; value.sum() adds up

    def __init__(self, data: ArrayLike, label: str = "") -> None:
        self.data: Any = _real(data)
        self.grad: Any = _real(np.zeros(self.shape))
        self.label = label
        self.operation = ""
        self.parents: tuple[Value, ...] = ()
        self._steps: tuple[Callable, ...] = ()  # for each parent: gradient here -> gradient there

    def __repr__(self) -> str:
        name = f", label={self.label!r}" if self.label else ""
        return f"Value({self.data}, grad={self.grad}{name})"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of `data`; `()` for a number."""
        return np.shape(self.data)

    # The backward pass ---------------------------------------------------------------------------

    def backward(self) -> None:
        """Compute the gradient of this number with respect to every value it was computed from.

        A second call adds to the `grad` of inputs, as in PyTorch: two losses give the gradient of their
        sum. Call `zero_grad` on the inputs before the next step of training. What was computed from
        others holds the gradient of the latest call alone.

        Raises:
            ValueError: If this is an array of several numbers.

        Examples:
            >>> x = Value(3.0)
            >>> y = x * x  # two paths lead to x: their slopes add
            >>> y.backward()
            >>> x.grad
            6.0
            >>> y.backward()
            >>> x.grad, y.grad
            (12.0, 1.0)
        """
        if np.size(self.data) != 1:
            raise ValueError(f"`backward` must start from one number. Received: shape {self.shape}")
        order = self.topological_order()
        for value in order:
            if value.parents:
                value.zero_grad()
        self.grad = self.grad + 1.0
        for value in reversed(order):
            for parent, step in zip(value.parents, value._steps, strict=True):
                gradient = _unbroadcast(step(value.grad), parent.shape)
                parent.grad = _real(parent.grad + gradient)  # branches add

    def zero_grad(self) -> None:
        """Set `grad` of this value, and of no other, back to 0."""
        self.grad = _real(np.zeros(self.shape))

    def topological_order(self) -> list[Value]:
        """Return this value and all it was computed from, each once and after its parents.

        Examples:
            >>> a, b = Value(2.0, "a"), Value(3.0, "b")
            >>> c = a * b
            >>> [value.data for value in (c + a).topological_order()]
            [2.0, 3.0, 6.0, 8.0]
        """
        order: list[Value] = []
        seen = set()
        stack = [(self, False)]  # not recursive: a graph may be thousands of values deep
        while stack:
            value, parents_done = stack.pop()
            if parents_done:
                order.append(value)
            elif value not in seen:
                seen.add(value)
                stack.append((value, True))
                stack.extend((parent, False) for parent in reversed(value.parents))
        return order

    # Arithmetic: the result, and its slope in each parent ----------------------------------------

    def __add__(self, other: Value | ArrayLike) -> Value:
        b = _as_value(other)
        return _elementwise("+", self.data + b.data, (self, 1.0), (b, 1.0))

    def __sub__(self, other: Value | ArrayLike) -> Value:
        b = _as_value(other)
        return _elementwise("-", self.data - b.data, (self, 1.0), (b, -1.0))

    def __mul__(self, other: Value | ArrayLike) -> Value:
        b = _as_value(other)
        return _elementwise("*", self.data * b.data, (self, b.data), (b, self.data))

    def __truediv__(self, other: Value | ArrayLike) -> Value:
        b = _as_value(other)
        ratio = np.divide(self.data, b.data)
        slopes = np.divide(1.0, b.data), np.divide(-ratio, b.data)
        return _elementwise("/", ratio, (self, slopes[0]), (b, slopes[1]))

    def __neg__(self) -> Value:
        return _elementwise("neg", -self.data, (self, -1.0))

    def __pow__(self, exponent: float) -> Value:
        n = _validate.number("exponent", exponent)
        slope = n * np.power(self.data, n - 1) if n else 0.0
        return _elementwise(f"**{n:g}", np.power(self.data, n), (self, slope))

    def __matmul__(self, other: Value | ArrayLike) -> Value:
        b = _as_value(other)
        if not (len(self.shape) in (1, 2) and len(b.shape) in (1, 2)):
            raise ValueError(
                f"Both sides of `@` must have 1 or 2 axes. Received: {self.shape}, {b.shape}"
            )
        rows = np.atleast_2d(self.data)  # (n, k): a vector on the left is one row
        columns = np.reshape(b.data, (len(b.data), -1))  # (k, m): a vector on the right, one column

        def to_left(above):
            return np.reshape(np.reshape(above, (len(rows), -1)) @ columns.T, self.shape)

        def to_right(above):
            return np.reshape(rows.T @ np.reshape(above, (len(rows), -1)), b.shape)

        return _result("@", self.data @ b.data, (self, to_left), (b, to_right))

    def __radd__(self, other: ArrayLike) -> Value:
        return _as_value(other) + self

    def __rsub__(self, other: ArrayLike) -> Value:
        return _as_value(other) - self

    def __rmul__(self, other: ArrayLike) -> Value:
        return _as_value(other) * self

    def __rtruediv__(self, other: ArrayLike) -> Value:
        return _as_value(other) / self

    def __rmatmul__(self, other: ArrayLike) -> Value:
        return _as_value(other) @ self

    # Functions -----------------------------------------------------------------------------------

    def exp(self) -> Value:
        """Return e to the power of each number; its slope is the result itself."""
        y = np.exp(self.data)
        return _elementwise("exp", y, (self, y))

    def log(self) -> Value:
        """Return the natural logarithm of each number; its slope is `1 / x`."""
        return _elementwise("log", np.log(self.data), (self, np.divide(1.0, self.data)))

    def tanh(self) -> Value:
        """Return the hyperbolic tangent, in (-1, 1); with `y` for the result, its slope is `1 - y²`."""
        y = np.tanh(self.data)
        return _elementwise("tanh", y, (self, 1 - y**2))

    def sigmoid(self) -> Value:
        """Return `y = 1 / (1 + exp(-x))`, in (0, 1); its slope is `y (1 - y)`."""
        y = np.exp(-np.logaddexp(0, -self.data))  # without overflow
        return _elementwise("sigmoid", y, (self, y * (1 - y)))

    def relu(self) -> Value:
        """Keep what is positive, put 0 for the rest; the slope is 1 or 0, and 0 at 0."""
        return _elementwise("relu", np.maximum(self.data, 0), (self, np.greater(self.data, 0)))

    def sum(self, axis: int | tuple[int, ...] | None = None, *, keepdims: bool = False) -> Value:
        """Add up all numbers, or those along an axis; each has slope 1.

        Args:
            axis: Which axis, or axes, to add along; all by default.
            keepdims: Keep an axis of length 1 in its place.
        """
        y = np.sum(self.data, axis=axis, keepdims=keepdims)
        return _result("sum", y, (self, lambda above: _copies(above, self.shape, axis, keepdims)))

    def mean(self, axis: int | tuple[int, ...] | None = None, *, keepdims: bool = False) -> Value:
        """Average all `n` numbers, or those along an axis; each has slope `1 / n`.

        Args:
            axis: Which axis, or axes, to average along; all by default.
            keepdims: Keep an axis of length 1 in its place.
        """
        y = np.mean(self.data, axis=axis, keepdims=keepdims)
        n = np.size(self.data) / np.size(y)
        return _result(
            "mean", y, (self, lambda above: _copies(above / n, self.shape, axis, keepdims))
        )

    def __getitem__(self, index: Any) -> Value:
        def to_places(above):
            gradient = np.zeros(self.shape)
            np.add.at(gradient, index, above)  # an index may name a number twice: branches add
            return gradient

        return _result("[]", np.asarray(self.data)[index], (self, to_places))


def _result(operation: str, data: ArrayLike, *steps: tuple[Value, Callable]) -> Value:
    """A value computed from others: each parent comes with its step of the backward pass."""
    value = Value(data)
    value.operation = operation
    value.parents = tuple(parent for parent, _ in steps)
    value._steps = tuple(step for _, step in steps)
    return value


def _elementwise(operation: str, data: ArrayLike, *slopes: tuple[Value, ArrayLike]) -> Value:
    """A value computed number by number: the chain rule is local slope times what comes from above."""
    steps = [(parent, partial(np.multiply, slope)) for parent, slope in slopes]
    return _result(operation, data, *steps)


def _as_value(other: Any) -> Value:
    """The value itself; a number or an array as a constant."""
    return other if isinstance(other, Value) else _result("constant", other)


def _real(data: Any) -> Any:
    """A number as Python's float, an array as a copy in float64."""
    if np.asarray(data).dtype.kind not in "biuf":
        raise TypeError(f"`data` must hold real numbers. Received: {data!r}")
    return float(data) if np.ndim(data) == 0 else np.array(data, dtype=float)


def _unbroadcast(gradient: Any, shape: tuple[int, ...]) -> Any:
    """Add up what broadcasting had copied, so that a gradient has the shape of its value."""
    if np.shape(gradient) == shape:
        return gradient
    gradient = np.sum(gradient, axis=tuple(range(np.ndim(gradient) - len(shape))))
    stretched = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return np.sum(gradient, axis=stretched, keepdims=True)


def _copies(above: Any, shape: tuple[int, ...], axis: Any, keepdims: bool) -> np.ndarray:
    """What comes from above, once for each number that was added up."""
    if axis is not None and not keepdims:
        above = np.expand_dims(above, axis)
    return np.broadcast_to(above, shape)
