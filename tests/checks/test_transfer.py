"""The open exercises of notebook 08, answers written in another way, and what the answers mean."""

import re

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from dl_course import evaluation, models
from dl_course.checks import transfer as check
from dl_course.checks._exercise import UNFINISHED

# Where a right answer can be found without the checker -------------------------------------------


def test_keras_counts_the_same_weights():
    def block(filters):
        return [layers.Conv2D(filters, 3, use_bias=False), layers.BatchNormalization()]

    base = keras.Sequential(
        [layers.Input((32, 32, 3)), *block(8), *block(16), layers.GlobalAveragePooling2D()]
    )
    model = keras.Sequential([layers.Input((32, 32, 3)), base, layers.Dense(5)])

    def learned():
        return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)

    base.trainable = False
    first = learned()
    base.trainable = True
    for layer in base.layers:
        layer.trainable = not isinstance(layer, layers.BatchNormalization)
    second = learned()
    assert [first, second, model.count_params() - second] == [85, 1453, 96]
    assert check.weights_to_train.verdict([first, second, 96]).passed
    assert check.weights_to_train.verdict((first, second, 96)).passed


def test_pictures_needed_by_counting():
    n = next(n for n in range(1, 1000) if evaluation.score_interval(n, n)[0] >= 0.9)
    assert check.pictures_needed.verdict(n).passed


def test_scikit_learn_leaves_one_out_the_same():
    from sklearn.model_selection import LeaveOneOut, cross_val_score

    def leave_one_out(features, labels):
        nearest = KNeighborsClassifier(1)
        return cross_val_score(nearest, features, labels, cv=LeaveOneOut()).mean()

    assert check.leave_one_out.verdict(leave_one_out).passed


def test_scikit_learn_leaves_bursts_out_the_same():
    def leave_burst_out(features, labels, bursts):
        right = 0
        for burst in np.unique(bursts):
            out = bursts == burst
            nearest = KNeighborsClassifier(1).fit(features[~out], labels[~out])
            right += np.sum(nearest.predict(features[out]) == labels[out])
        return right / len(labels)

    assert check.leave_burst_out.verdict(leave_burst_out).passed


def test_bursts_show_one_thing_each():
    for _, labels, bursts in check.leave_burst_out.cases:
        assert all(len(set(labels[bursts == burst])) == 1 for burst in bursts)


def test_activation_map_by_loops_and_by_grad_cam():
    def activation_map(maps, weights, label):
        heat = np.zeros(maps.shape[:2])
        for place in np.ndindex(heat.shape):
            heat[place] = max(0.0, sum(maps[place] * weights[:, label]))
        return heat

    assert check.activation_map.verdict(activation_map).passed

    maps, weights, label = check.activation_map.cases[0]
    base = keras.Sequential(
        [layers.Input((3, 4, 3)), layers.Identity(), layers.GlobalAveragePooling2D()]
    )
    model = models.transfer_classifier(base, 3)
    model.layers[-1].set_weights([weights, np.zeros(3)])
    heat = models.grad_cam(model, maps[None].astype("float32"), [label])[0]
    np.testing.assert_allclose(
        heat, check.activation_map.reference(maps, weights, label), atol=1e-5
    )


def test_nearest_by_angle_needs_no_length_of_the_query():
    def nearest_by_angle(query, features, count):
        directions = features / np.linalg.norm(features, axis=1, keepdims=True)
        return np.argsort(directions @ query)[::-1][:count]

    assert check.nearest_by_angle.verdict(nearest_by_angle).passed


# Folding the standardising ------------------------------------------------------------------------


def fold(mean, std, weights, bias):
    kernel = weights / std[:, None]
    return kernel, bias - mean @ kernel


def test_fold_standardizing_passes_as_a_pair_of_any_kind():
    assert check.fold_standardizing.verdict(fold).passed
    assert check.fold_standardizing.verdict(lambda *given: list(fold(*given))).passed


def test_the_folded_layer_is_standardising_and_dense():
    random = np.random.default_rng(0)
    x, weights, bias = random.normal(3, 2, (20, 4)), random.normal(size=(4, 3)), np.arange(3.0)
    scaler = StandardScaler().fit(x)
    kernel, new_bias = fold(scaler.mean_, scaler.scale_, weights, bias)
    np.testing.assert_allclose(x @ kernel + new_bias, scaler.transform(x) @ weights + bias)


@pytest.mark.parametrize("name", ["weights", "bias"])
def test_each_mistake_in_a_part_is_told_with_its_name(name):
    part = getattr(check, f"_folded_{name}")
    for wrong, hint in part.mistakes:

        def answer(*given, wrong=wrong):
            right = fold(*given)
            return (wrong(*given), right[1]) if name == "weights" else (right[0], wrong(*given))

        assert check.fold_standardizing.verdict(answer).message == f"{name}: {hint}"


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (lambda *given: None, "Not attempted yet"),
        (lambda *given: (..., ...), "Not finished yet"),
        (lambda *given: (fold(*given)[0], None), "bias: Not finished yet"),
        (lambda *given: fold(*given)[::-1], "weights: The shape is"),
        (lambda *given: fold(*given)[0], "bias: "),
        (lambda *given: 1 / 0, "Your code raised ZeroDivisionError"),
        (lambda mean, std: mean, "must take the arguments"),
        (3.0, "A function is wanted, and this is of type float"),
        (..., re.escape(UNFINISHED)),
    ],
)
def test_other_answers_get_their_hint(answer, word):
    verdict = str(check.fold_standardizing.verdict(answer))
    assert verdict.startswith(("❌", "○"))
    assert re.search(word, verdict)


# Thawing ------------------------------------------------------------------------------------------


def thaw(base, first):
    base.trainable = True
    for place, layer in enumerate(base.layers):
        is_norm = isinstance(layer, layers.BatchNormalization)
        layer.trainable = place >= first and not is_norm


def in_the_wrong_order(base, first):
    around_it_all_is_frozen(base, first)
    base.trainable = True  # this thaws every layer inside


def around_it_all_is_frozen(base, first):
    for layer in base.layers[first:]:
        layer.trainable = not isinstance(layer, layers.BatchNormalization)


def all_of_it(base, first):
    thaw(base, 0)


def with_batch_normalisation(base, first):
    base.trainable = True
    for layer in base.layers[:first]:
        layer.trainable = False


def the_lower_ones(base, first):
    base.trainable = True
    for place, layer in enumerate(base.layers):
        is_norm = isinstance(layer, layers.BatchNormalization)
        layer.trainable = (place < first or not first) and not is_norm


def one_too_late(base, first):
    thaw(base, first + 1)


def three_too_early(base, first):
    thaw(base, max(first - 3, 0))


def new_weights(base, first):
    thaw(base, first)
    base.set_weights([0 * weight for weight in base.get_weights()])


def not_written(base, first): ...


def only_norms(base, first):
    base.trainable = True
    for layer in base.layers:
        layer.trainable = isinstance(layer, layers.BatchNormalization)


def early_for_six(base, first):
    thaw(base, 3 if first == 6 else first)


def test_thaw_top_passes():
    assert str(check.thaw_top.verdict(thaw)) == f"✅ {check.thaw_top.praise}"


def test_thaw_top_passes_in_another_way():
    def thaw(base, first):
        base.trainable = True
        for layer in base.layers[:first]:
            layer.trainable = False
        for layer in base.layers:
            if "batch_normalization" in layer.name:
                layer.trainable = False
        return base

    assert check.thaw_top.verdict(thaw).passed


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (in_the_wrong_order, "did something thaw it again afterwards"),
        (around_it_all_is_frozen, "the network around them is frozen still"),
        (all_of_it, "All convolutions learn, also those before"),
        (with_batch_normalisation, "Batch normalisation learns: did something"),
        (the_lower_ones, "the lower layers that learn"),
        (one_too_late, "should learn is frozen"),
        (three_too_early, "All convolutions learn"),
        (early_for_six, "A layer before number `first` learns"),
        (new_weights, "Weights have changed"),
        (not_written, "Not attempted yet"),
        (only_norms, "Batch normalisation learns, and nothing else does"),
        (lambda base, first: base.nothing, "Your code raised AttributeError"),
        (lambda base: base, r"must take the arguments \(base, first\)"),
        ("thaw", "A function is wanted, and this is a text"),
        (..., re.escape(UNFINISHED)),
    ],
)
def test_each_wrong_thaw_gets_its_hint(answer, word):
    verdict = str(check.thaw_top.verdict(answer))
    assert verdict.startswith(("❌", "○"))
    assert re.search(word, verdict)
