"""Networks are drawn with all their weights, their layers as blocks; a nerve cell, the training loop."""

import pytest

from dl_course import plots


def test_network_diagram_draws_a_line_for_each_weight():
    ax = plots.network_diagram([2, 8, 3], names=["in", "hidden", "out"])
    assert len(ax.lines) == 2 * 8 + 8 * 3
    assert [text.get_text() for text in ax.texts] == [
        "in\n2 numbers",
        "hidden\n8 neurons",
        "out\n3 neurons",
    ]
    assert len(plots.network_diagram([64, 3]).lines) == 6 * 3  # large layers are shortened


def test_network_diagram_writes_weights_on_their_lines_from_the_top():
    ax = plots.network_diagram([2, 1], weights=["w₀", "w₁"])
    heights = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert heights["w₀"] > 0 > heights["w₁"]


def test_network_diagram_writes_into_the_circles_from_the_top_and_draws_biases(written):
    ax = plots.network_diagram([2, 1], nodes=[["x₀", "x₁"], ["Σ"]], bias="b")
    assert written(ax) == ["x₀", "x₁", "2 numbers", "Σ", "b", "1 neuron"]
    heights = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert heights["x₀"] > heights["x₁"]
    assert heights["b"] > heights["Σ"]
    assert ax.get_ylim()[1] > heights["b"]


def test_a_nerve_cell_names_each_part_and_what_it_is_in_a_network(written):
    texts = written(plots.nerve_cell())
    for part, counterpart in [("dendrite", "input"), ("synapse", "weight"), ("axon", "output")]:
        assert any(text.startswith(part) and counterpart in text for text in texts)


def test_the_training_loop_leads_from_the_optimizer_back_to_the_layers(written):
    ax = plots.training_loop()
    texts = written(ax)
    for word in ("inputs x", "layers", "predictions ŷ", "targets y", "loss", "optimizer"):
        assert any(text.startswith(word) for text in texts)
    assert {"gradient", "new weights"} <= set(texts)


@pytest.mark.parametrize("sizes", [[], [3], [3, 0]])
def test_network_diagram_refuses(sizes):
    with pytest.raises(ValueError, match="`sizes` must be two or more .*Received: "):
        plots.network_diagram(sizes)


def test_convnet_blocks_write_shapes_and_parameters(written):
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


def test_convnet_blocks_of_a_network_without_maps(written):
    ax = plots.convnet_blocks([{"name": "Dense", "shape": (10,), "parameters": 650}])
    assert written(ax) == ["10", "Dense", "650"]
