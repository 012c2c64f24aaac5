"""The exercises of notebook 08, transfer learning."""

from __future__ import annotations

import numpy as np

from dl_course.checks._exercise import (
    FunctionExercise,
    OpenExercise,
    ValueExercise,
    find_fault_in_parts,
    wrong_function,
)

__all__ = [
    "activation_map",
    "fold_standardizing",
    "leave_burst_out",
    "leave_one_out",
    "nearest_by_angle",
    "pictures_needed",
    "thaw_top",
    "weights_to_train",
]


# 1. How many numbers learn? Conv 8, BN, conv 16, BN, on colour, the kernels 3 × 3 without biases; global
# average pooling; a head for 5 classes. In stage 1, in stage 2 (BN frozen), and never.

_HEAD = 16 * 5 + 5
_KERNELS = 3 * 3 * 3 * 8 + 3 * 3 * 8 * 16
_NORMS = 4 * (8 + 16)
_ALL = _HEAD + _KERNELS

weights_to_train = ValueExercise(
    expected=np.array([_HEAD, _ALL, _NORMS]),
    praise="Right: a head is small. That is why a handful of pictures can be enough for it.",
    mistakes=[
        ([_HEAD - 5, _ALL - 5, _NORMS], "The biases of the head are not counted."),
        ([_HEAD, _KERNELS, _NORMS], "In the second stage, the head goes on learning."),
        (
            [_HEAD, _ALL + _NORMS // 2, _NORMS // 2],
            "The second: γ and β are among those that learn here; the layer is frozen as a whole.",
        ),
        ([_HEAD, _ALL + _NORMS, 0], "In the second stage not everything learns."),
        (
            [_HEAD, _ALL, _NORMS // 2],
            "The third: a BN layer holds more for each channel than this.",
        ),
        (
            [_HEAD, _ALL, 0],
            "The third: some numbers of this network change in neither of the two stages.",
        ),
        ([_HEAD, _ALL, 8], "The third: BN has its numbers for each channel, not once a layer."),
        ([_ALL, _ALL, _NORMS], "In the first stage, the base is frozen."),
        ([_ALL, _HEAD, _NORMS], "The two stages are swapped."),
        ([_HEAD, _ALL + 24, _NORMS], "Biases are counted that the convolutions don't have."),
        (
            [32 * 32 * 16 * 5 + 5, 32 * 32 * 16 * 5 + 5 + _KERNELS, _NORMS],
            "The head gets every pixel of the maps here; look at what stands before it.",
        ),
        (
            [_HEAD, _ALL - 3 * 3 * 7 * 16, _NORMS],
            "The kernels of the second convolution look at one map only here.",
        ),
        ([_HEAD, _ALL - 3 * 3 * 2 * 8, _NORMS], "The first kernels are for grey pictures here."),
        (_ALL, "This is one number; three are asked for."),
        (_HEAD, "This is one number; three are asked for, and it is the first."),
    ],
)


# 2. Standardise, then a dense layer: both as one dense layer.

_FOLD_CASES = [
    (
        np.array([4.0, -1.0, 10.0]),
        np.array([2.0, 0.5, 5.0]),
        np.array([[1.0, -2.0], [0.5, 3.0], [-1.5, 4.0]]),
        np.array([0.25, -1.0]),
    ),
    (
        np.array([3.0, 0.5]),
        np.array([0.25, 4.0]),
        np.array([[2.0, 0.0, -1.0], [8.0, 1.0, 0.5]]),
        np.array([1.0, 0.0, -2.0]),
    ),
]


def _fold_kernel(mean, std, weights, bias):
    return weights / std[:, None]


def _fold_bias(mean, std, weights, bias):
    return bias - mean @ _fold_kernel(mean, std, weights, bias)


_folded_weights = FunctionExercise(
    reference=_fold_kernel,
    cases=_FOLD_CASES,
    mistakes=[
        (
            lambda mean, std, weights, bias: weights,
            "They are unchanged, but each feature was divided by its spread.",
        ),
        (
            lambda mean, std, weights, bias: weights * std[:, None],
            "Multiplied where the features were divided.",
        ),
        (
            lambda mean, std, weights, bias: weights / std[:, None] ** 2,
            "They are divided by a variance.",
        ),
        (
            lambda mean, std, weights, bias: (weights - mean[:, None]) / std[:, None],
            "The weights themselves get standardised: it was the features that were.",
        ),
        (
            lambda mean, std, weights, bias: weights - mean[:, None],
            "The means are taken off the weights: they belong elsewhere.",
        ),
        (
            lambda mean, std, weights, bias: weights / std.mean(),
            "All features share one spread here.",
        ),
        (
            lambda mean, std, weights, bias: weights / np.sqrt(std)[:, None],
            "A root is drawn, and `std` is no variance.",
        ),
    ],
)

_folded_bias = FunctionExercise(
    reference=_fold_bias,
    cases=_FOLD_CASES,
    mistakes=[
        (
            lambda mean, std, weights, bias: bias,
            "It is unchanged, but something was taken off every feature.",
        ),
        (
            lambda mean, std, weights, bias: bias + mean @ (weights / std[:, None]),
            "The means are added, and they were taken off.",
        ),
        (
            lambda mean, std, weights, bias: bias - mean @ weights,
            "The means go through the old weights; what was taken off was scaled as well.",
        ),
        (
            lambda mean, std, weights, bias: -mean @ (weights / std[:, None]),
            "The old bias has got lost.",
        ),
        (
            lambda mean, std, weights, bias: bias - (mean * std) @ weights,
            "Multiplied by the spread where it should be divided.",
        ),
        (
            lambda mean, std, weights, bias: bias - mean @ (weights / std[:, None] ** 2),
            "It is divided by the spread twice: are the new weights scaled once more?",
        ),
        (
            lambda mean, std, weights, bias: bias - np.sum(mean / std),
            "The means don't go through the weights.",
        ),
        (
            lambda mean, std, weights, bias: bias / np.mean(std) - mean @ (weights / std[:, None]),
            "The old bias is scaled: it was added after the standardising.",
        ),
    ],
)


def _look_at_standardizing(answer, rng):
    """Look at the two results one after the other."""
    if hint := wrong_function(answer, "mean", "std", "weights", "bias"):
        return hint
    return find_fault_in_parts(answer, {"weights": _folded_weights, "bias": _folded_bias})


fold_standardizing = OpenExercise(
    look=_look_at_standardizing,
    praise="Right: this is how `classify_folder` hides the standardising in its last layer.",
)


# 3. and 8. Nearest neighbours, asked about what they have not seen.

_RANDOM = np.random.default_rng(16)


def _cluster_case(counts, spread, bursts):
    """Features `(n, 2)` of classes that lie one unit apart, labels `(n,)` and bursts `(n,)`."""
    labels = _RANDOM.permutation(np.repeat(np.arange(len(counts)), counts))
    burst = _RANDOM.integers(bursts, size=len(labels)) + 100 * labels  # a burst shows one thing
    home = _RANDOM.normal(size=(100 * len(counts) + bursts, 2))[burst]  # bursts lie together
    noise = 0.05 * _RANDOM.normal(size=(len(labels), 2))
    features = labels[:, None] + spread * home + noise
    return np.round(features, 2), labels, burst


_BURST_CASES = [_cluster_case((9, 7), 0.9, 4), _cluster_case((6, 5, 8), 0.8, 3)]
_SINGLE = [
    (np.round(labels[:, None] + 0.7 * _RANDOM.normal(size=(len(labels), 2)), 2), labels)
    for _, labels, _ in _BURST_CASES
]


def _nearest_share(features, labels, may_help):
    """Share that is right if the nearest of those that may help, `(n, n)`, gives the answer."""
    distances = np.sum((features[:, None] - features) ** 2, axis=2)
    nearest = np.where(may_help, distances, np.inf).argmin(axis=1)
    return np.mean(labels[nearest] == labels)


def _others(labels):
    return ~np.eye(len(labels), dtype=bool)


def _leave_one_out(features, labels):
    return _nearest_share(features, labels, _others(labels))


def _forgets_to_delete_labels(features, labels):
    right = 0
    for n in range(len(labels)):
        rest = np.delete(features, n, axis=0)
        right += labels[np.argmin(np.sum((rest - features[n]) ** 2, axis=1))] == labels[n]
    return right / len(labels)


def _farthest(features, labels):
    distances = np.sum((features[:, None] - features) ** 2, axis=2)
    return np.mean(labels[distances.argmax(axis=1)] == labels)


def _by_class_means(features, labels):
    means = np.stack([features[labels == label].mean(axis=0) for label in np.unique(labels)])
    return np.mean(np.sum((features[:, None] - means) ** 2, axis=2).argmin(axis=1) == labels)


def _by_one_feature(features, labels):
    return _leave_one_out(features[:, :1], labels)


def _one_fold_only(features, labels):
    first = np.sum((features[1:] - features[0]) ** 2, axis=1).argmin()
    return float(labels[1:][first] == labels[0])


def _half_and_half(features, labels):
    half = len(labels) // 2
    distances = np.sum((features[half:, None] - features[:half]) ** 2, axis=2)
    return np.mean(labels[:half][distances.argmin(axis=1)] == labels[half:])


leave_one_out = FunctionExercise(
    reference=_leave_one_out,
    cases=_SINGLE,
    praise="Right: every picture is asked about once, and never has a hand in its own answer.",
    mistakes=[
        (
            lambda features, labels: _nearest_share(features, labels, True),
            "Always 1: whom does each picture lie nearest to?",
        ),
        (
            lambda features, labels: len(labels) * _leave_one_out(features, labels),
            "This is how many are right, and not their share.",
        ),
        (
            lambda features, labels: 1 - _leave_one_out(features, labels),
            "This is the share of mistakes.",
        ),
        (
            _forgets_to_delete_labels,
            "Features and labels don't go together any more: one row is missing in one of them only.",
        ),
        (_farthest, "The answer comes from the one that is farthest away."),
        (
            _by_class_means,
            "This asks the mean of each class, and the picture itself is part of its mean.",
        ),
        (_by_one_feature, "Only the first feature has a say."),
        (_one_fold_only, "Only the first picture is asked about: is the `return` in the loop?"),
        (
            _half_and_half,
            "Half of the pictures are asked about, and they learn from the other half only.",
        ),
        (
            lambda features, labels: _nearest_share(
                features, labels, _others(labels) & (labels[:, None] != labels)
            ),
            "Always 0: the whole class of the picture is left out.",
        ),
    ],
)


def _leave_burst_out(features, labels, bursts):
    return _nearest_share(features, labels, bursts[:, None] != bursts)


def _first_per_burst(features, labels, bursts):
    """Throws away all but the first picture of each burst, then leaves out one by one."""
    _, first = np.unique(bursts, return_index=True)
    return _leave_one_out(features[first], labels[first])


def _mean_over_bursts(features, labels, bursts):
    distances = np.sum((features[:, None] - features) ** 2, axis=2)
    far = np.where(bursts[:, None] != bursts, distances, np.inf)
    right = labels[far.argmin(axis=1)] == labels
    return np.mean([right[bursts == burst].mean() for burst in np.unique(bursts)])


leave_burst_out = FunctionExercise(
    reference=_leave_burst_out,
    cases=_BURST_CASES,
    praise="Right: nobody is asked about a picture whose twin he has seen.",
    mistakes=[
        (
            lambda features, labels, bursts: _leave_one_out(features, labels),
            "Only the picture itself is left out; its twins still help.",
        ),
        (
            lambda features, labels, bursts: _nearest_share(features, labels, True),
            "Always 1: a picture gets its answer from its own burst, or from itself.",
        ),
        (
            lambda features, labels, bursts: _nearest_share(
                features, labels, labels[:, None] != labels
            ),
            "Always 0: the whole class is left out, and who is left can't know the answer.",
        ),
        (
            lambda features, labels, bursts: (
                len(labels) * _leave_burst_out(features, labels, bursts)
            ),
            "This is how many are right, and not their share.",
        ),
        (
            lambda features, labels, bursts: 1 - _leave_burst_out(features, labels, bursts),
            "This is the share of mistakes.",
        ),
        (
            _first_per_burst,
            "Pictures are thrown away: one of each burst is left to ask and to be asked.",
        ),
        (
            _mean_over_bursts,
            "Each burst counts the same here, however many pictures it has.",
        ),
    ],
)


# 4. Thaw the upper layers of a frozen base, but no batch normalisation.

# Position → name in the network that answers are tried on; only these have weights.
_CONVOLUTIONS, _BATCH_NORMS = (0, 3, 6), (1, 4, 7)


def _small_base():
    """A frozen convnet of nine layers and pooling: three times convolution, BN, ReLU."""
    import keras
    from keras import layers

    parts = [layers.Input((12, 12, 3))]
    for filters in (2, 3, 4):
        parts += [layers.Conv2D(filters, 3), layers.BatchNormalization(), layers.ReLU()]
    base = keras.Sequential([*parts, layers.GlobalAveragePooling2D()])
    base.trainable = False
    return base


def _look_at_thawing(thaw, rng):
    """A hint about a function that thaws layers, from the weights that can learn afterwards."""
    if hint := wrong_function(thaw, "base", "first"):
        return hint
    for first in (3, 0, 6):
        base = _small_base()
        before = base.get_weights()
        try:
            thaw(base, first)
        except Exception as error:
            return f"Your code raised {type(error).__name__}: {error} (called with first={first})"
        if not all(np.array_equal(*pair) for pair in zip(before, base.get_weights(), strict=True)):
            return "Weights have changed: to thaw a layer is to allow it to learn later, no more."
        if hint := _look_at_layers(base, first):
            return f"{hint} (called with first={first})"
    return None


def _look_at_layers(base, first):
    """What is wrong with the layers that can learn, if anything is."""
    learns = [place for place, layer in enumerate(base.layers) if _can_learn(base, layer)]
    wanted = [place for place in _CONVOLUTIONS if place >= first]
    norms = [place for place in learns if place in _BATCH_NORMS]
    convolutions = [place for place in learns if place in _CONVOLUTIONS]
    known = [
        (
            not learns and any(layer.trainable for layer in base.layers),
            "Nothing can learn: some layers are thawed, but the network around them is frozen still.",
        ),
        (not learns, "Not finished yet: the base is as frozen as before."),
        (norms and not convolutions, "Batch normalisation learns, and nothing else does."),
        (norms, "Batch normalisation learns: did something thaw it again afterwards?"),
        (
            first and convolutions == [place for place in _CONVOLUTIONS if place < first],
            "It is the lower layers that learn, those next to the picture.",
        ),
        (
            first and convolutions == list(_CONVOLUTIONS),
            "All convolutions learn, also those before number `first`.",
        ),
        (len(convolutions) > len(wanted), "A layer before number `first` learns."),
        (convolutions != wanted, "A convolution that should learn is frozen: count from 0."),
    ]
    return next((hint for is_so, hint in known if is_so), None)


def _can_learn(base, layer):
    """Whether weights of a layer are among those that a training of the base would change."""
    can = {id(weight) for weight in base.trainable_weights}
    return any(id(weight) in can for weight in layer.weights)


thaw_top = OpenExercise(
    look=_look_at_thawing,
    praise="Right: edges and colours stay as they are, and BN goes on to use what it has gathered.",
)


# 5. How many pictures, all of them right, for a lower bound of 90 % by Wilson (z = 1.96)? n / (n + z²).

pictures_needed = ValueExercise(
    expected=35,
    praise="Right. And one single mistake among them, and it takes many more.",
    mistakes=[
        (9 * 1.96**2, "There are no parts of pictures."),
        (34, "The lower end lies below 0.9 still."),
        (36, "That is enough, but not the fewest."),
        (16, "That is the example of the notebook; its lower bound is about 0.8."),
        (10, "With ten of ten, the lower end is below 0.75."),
        (1, "One picture says next to nothing."),
        (9, "z appears in the formula too."),
        (29, "That is another question: when is 0.9 or less ruled out by chance of 5 % alone?"),
        (25, "The z of this answer is that of a narrower interval, 90 of 100 samples."),
        (60, "The z of this answer is that of a wider interval, 99 of 100 samples."),
        (73, "That holds for 0.95."),
        (18, "The square of z is missing."),
        (0.9, "This is the bound; count pictures."),
        (90, "Many more than needed: is this a percentage?"),
        (100, "Many more than needed."),
    ],
)


# 6. Where a decision comes from: feature maps `(h, w, d)` weighted by a column of the head `(d, k)`.


def _activation_map(maps, weights, label):
    return np.maximum(maps @ weights[:, label], 0)


activation_map = FunctionExercise(
    reference=_activation_map,
    cases=[
        (
            np.round(_RANDOM.uniform(0, 3, (3, 4, 3)), 1),
            np.array([[1.0, -2.0, 0.5], [-1.5, 0.5, 2.0], [0.5, 1.0, -3.0]]),
            1,
        ),
        (
            np.round(_RANDOM.uniform(0, 2, (2, 2, 2)), 1),
            np.array([[-1.0, 2.0], [1.5, -0.5]]),
            0,
        ),
    ],
    praise="Right: what a place says, weighted by what the class listens to.",
    mistakes=[
        (
            lambda maps, weights, label: maps @ weights[:, label],
            "Places that speak against the class are below 0 still.",
        ),
        (
            lambda maps, weights, label: np.abs(maps @ weights[:, label]),
            "Places that speak against the class are as hot as those that speak for it.",
        ),
        (
            lambda maps, weights, label: np.maximum(maps @ weights[label], 0),
            "These are the weights of one feature for all classes: a row where a column is wanted.",
        ),
        (
            lambda maps, weights, label: np.maximum(maps @ weights, 0),
            "These are the heats of all classes at once; one is asked about.",
        ),
        (
            lambda maps, weights, label: (
                np.maximum(maps @ weights[:, 0], 0) * (label == 0)
                + np.maximum(maps @ weights[:, label - 1], 0) * (label > 0)
            ),
            "This is the class before the one that is asked about.",
        ),
        (
            lambda maps, weights, label: maps.sum(axis=-1),
            "The maps are summed as they are; the class has no say.",
        ),
        (
            lambda maps, weights, label: maps.mean(axis=-1),
            "The maps are averaged as they are; the class has no say.",
        ),
        (
            lambda maps, weights, label: maps @ np.maximum(weights[:, label], 0),
            "Cut off too early: a feature that speaks against the class can outweigh another.",
        ),
        (
            lambda maps, weights, label: maps.mean(axis=(0, 1)) @ weights[:, label],
            "This is the logit: the places are averaged away.",
        ),
        (
            lambda maps, weights, label: np.maximum(maps @ weights.sum(axis=1), 0),
            "The weights of all classes are summed.",
        ),
        (
            lambda maps, weights, label: maps * weights[:, label],
            "The products are there, but those of a place are not summed yet.",
        ),
        (
            lambda maps, weights, label: (
                np.maximum(maps @ weights[:, label], 0) / maps[..., 0].size
            ),
            "Divided by the number of places: that changes no picture, but is not asked for.",
        ),
    ],
)


# 7. Nearest neighbours by angle.


def _cosines(query, features):
    lengths = np.linalg.norm(features, axis=1) * np.linalg.norm(query)
    return features @ query / lengths


def _nearest_by_angle(query, features, count):
    return np.argsort(-_cosines(query, features))[:count]


nearest_by_angle = FunctionExercise(
    reference=_nearest_by_angle,
    cases=[
        (
            np.array([1.0, 2.0, 0.5]),
            np.array(
                [
                    [9.0, 1.0, 5.0],
                    [0.1, 0.3, 0.0],
                    [-1.0, -2.0, -0.5],
                    [2.0, 3.0, 1.0],
                    [0.5, 0.0, 2.0],
                    [1.0, 8.0, 0.0],
                    [3.0, 1.0, 0.5],
                ]
            ),
            3,
        ),
        (
            np.array([3.0, -1.0]),
            np.array([[1.0, 1.0], [6.0, -1.0], [0.2, -0.1], [-3.0, 1.0], [4.0, -4.0], [0.0, 2.0]]),
            4,
        ),
    ],
    praise="Right: how loud a picture speaks doesn't matter, only what it speaks of.",
    mistakes=[
        (
            lambda query, features, count: np.argsort(np.linalg.norm(features - query, axis=1))[
                :count
            ],
            "These are the nearest by distance: length matters here, and it should not.",
        ),
        (
            lambda query, features, count: np.argsort(-(features @ query))[:count],
            "A long row of features wins here whatever its direction.",
        ),
        (
            lambda query, features, count: np.argsort(_cosines(query, features))[:count],
            "The least similar come first.",
        ),
        (
            lambda query, features, count: np.sort(_nearest_by_angle(query, features, count)),
            "The right ones, but sorted by their place in the table.",
        ),
        (
            lambda query, features, count: np.argsort(-np.abs(_cosines(query, features)))[:count],
            "What points the opposite way counts as near here.",
        ),
        (
            lambda query, features, count: np.sort(_cosines(query, features))[::-1][:count],
            "These are the cosines; the positions of the rows are asked for.",
        ),
        (
            lambda query, features, count: features[_nearest_by_angle(query, features, count)],
            "These are the rows themselves; their positions are asked for.",
        ),
        (
            lambda query, features, count: _nearest_by_angle(query, features, len(features)),
            "All of them are returned; `count` is not used yet.",
        ),
        (
            lambda query, features, count: _nearest_by_angle(query, features, 1)[0],
            "This is the nearest one alone; `count` is not used yet.",
        ),
        (
            lambda query, features, count: _nearest_by_angle(query, features, count + 1)[1:],
            "The nearest is left out: the query is not itself a row of the table.",
        ),
    ],
)
