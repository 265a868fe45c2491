"""Detection: overlaps, suppression and average precision, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quizdl.engine import detection
from quizdl.engine.detection import COCO_THRESHOLDS, Detections, Truth
from quizdl.engine.errors import DTypeError, RangeError, ShapeError

UNIT = [0.0, 0.0, 1.0, 1.0]

corners = arrays(np.int64, st.tuples(st.integers(1, 6), st.just(4)), elements=st.integers(0, 7))


def boxes_of(numbers: np.ndarray) -> np.ndarray:
    """Whole-numbered boxes, some of them empty."""
    return np.concatenate([np.minimum(numbers[:, :2], numbers[:, 2:]), np.maximum(numbers[:, :2], numbers[:, 2:])], 1)


def test_overlaps_by_hand() -> None:
    """2×2 boxes one apart share 1 of 7; shifted by half a side 2 of 6; touching share nothing; alike, all."""
    a = [[0, 0, 2, 2]]
    b = [[1, 1, 3, 3], [1, 0, 3, 2], [2, 0, 4, 2], [0, 0, 2, 2], [0, 0, 1, 1], [5, 5, 6, 6]]
    np.testing.assert_allclose(detection.iou(a, b), [[1 / 7, 2 / 6, 0, 1, 1 / 4, 0]])
    np.testing.assert_array_equal(detection.box_area(b), [4, 4, 4, 4, 1, 1])


def test_giou_by_hand() -> None:
    """1/7 − 2/9 within a hull of 9; touching: 0 − 0/8; far apart: 0 − 31/36; alike: 1."""
    a = [[0, 0, 2, 2]]
    b = [[1, 1, 3, 3], [2, 0, 4, 2], [5, 5, 6, 6], [0, 0, 2, 2]]
    np.testing.assert_allclose(detection.giou(a, b), [[1 / 7 - 2 / 9, 0, -31 / 36, 1]])


@given(corners, corners)
def test_the_overlap_counts_the_unit_squares_in_both(one: np.ndarray, other: np.ndarray) -> None:
    """For boxes of whole numbers: squares in both over squares in either, 0 where there are none."""
    a, b = boxes_of(one), boxes_of(other)
    found = detection.iou(a, b)
    squares = [{(x, y) for x in range(x1, x2) for y in range(y1, y2)} for x1, y1, x2, y2 in [*a.tolist(), *b.tolist()]]
    for i, j in np.ndindex(found.shape):
        in_both, in_either = squares[i] & squares[len(a) + j], squares[i] | squares[len(a) + j]
        assert found[i, j] == pytest.approx(len(in_both) / max(len(in_either), 1))
    giou = detection.giou(a, b)
    assert np.all(giou <= found + 1e-12)
    assert np.all(giou >= -1)
    np.testing.assert_allclose(detection.giou(b, a).T, giou)


def test_float32_boxes_give_float32() -> None:
    """Overlaps, and boxes decoded, keep the precision that they came with."""
    a, b = np.array([UNIT], dtype=np.float32), np.array([[0, 0, 2, 2]], dtype=np.float32)
    results = [detection.iou(a, b), detection.giou(a, b), detection.encode_boxes(a, b), detection.decode_boxes(a, b)]
    assert {x.dtype for x in results} == {np.dtype(np.float32)}


def test_suppression_by_hand() -> None:
    """The best box removes its neighbour; a third, which only the removed one would have removed, stays."""
    boxes = [[0, 0, 4, 2], [1, 0, 5, 2], [2, 0, 6, 2], [8, 8, 9, 9]]
    scores = [0.9, 0.8, 0.7, 0.95]
    assert detection.nms(boxes, scores, 0.5).tolist() == [3, 0, 2]
    assert detection.nms(boxes, scores, 0.2).tolist() == [3, 0]
    assert detection.nms(boxes, scores, 1.0).tolist() == [3, 0, 1, 2]


def test_an_overlap_of_exactly_the_threshold_stays() -> None:
    """IoU 1/3 at the threshold 1/3: suppressed is only what overlaps more."""
    boxes = [[0, 0, 2, 2], [1, 0, 3, 2]]
    assert detection.nms(boxes, [1, 0], 1 / 3).tolist() == [0, 1]
    assert detection.nms(boxes, [1, 0], 0.33).tolist() == [0]


def test_equal_scores_go_by_row() -> None:
    """Of three boxes in one place with one score, the first is kept."""
    assert detection.nms([UNIT] * 3, [0.5, 0.5, 0.5], 0.5).tolist() == [0]
    assert detection.nms([UNIT, [5, 5, 6, 6], [7, 7, 8, 8]], [0.5] * 3, 0.5).tolist() == [0, 1, 2]


def test_classes_do_not_suppress_each_other() -> None:
    """A dog and a cat may be in one place."""
    assert detection.nms([UNIT] * 3, [0.3, 0.2, 0.1], 0.5, classes=[7, 4, 7]).tolist() == [0, 1]
    assert detection.nms([], [], 0.5).tolist() == []


@given(corners, st.integers(0, 2**32 - 1))
def test_what_is_kept_does_not_overlap_and_what_is_removed_overlaps_a_better_box(
    numbers: np.ndarray, seed: int
) -> None:
    """The two halves of what suppression promises."""
    boxes, scores = boxes_of(numbers), np.random.default_rng(seed).permutation(len(numbers)) / 2
    kept = detection.nms(boxes, scores, 0.3)
    overlaps = detection.iou(boxes, boxes)
    assert np.all(np.diff(scores[kept]) < 0)
    for i in range(len(boxes)):
        better = [j for j in kept if scores[j] > scores[i]]
        assert (i in kept) == all(overlaps[i, j] <= 0.3 for j in better)


def test_each_true_box_is_found_once() -> None:
    """The better of two detections of one box is right, the other wrong, and one that is off by too much too."""
    truth = [[0, 0, 4, 4], [10, 10, 14, 14]]
    boxes = [[0, 0, 4, 3], [0, 0, 4, 4], [10, 10, 12, 12], [10, 10, 14, 12]]
    right = detection.match_boxes(boxes, [0.6, 0.9, 0.8, 0.7], truth)
    assert right.tolist() == [False, True, False, True]
    assert detection.match_boxes(boxes, [0.6, 0.9, 0.8, 0.7], truth, 0.25).tolist() == [False, True, True, False]
    assert detection.match_boxes(boxes, [1, 1, 1, 1], []).tolist() == [False] * 4


def test_a_taken_box_is_passed_over_or_counts_as_wrong() -> None:
    """The second detection fits the first true box best, and the second well enough: COCO gives it that one."""
    truth = [[0, 0, 10, 10], [2, 0, 12, 10]]
    boxes = [[0, 0, 10, 10], [0, 0, 10, 9]]
    assert detection.match_boxes(boxes, [0.9, 0.8], truth, 0.5).tolist() == [True, True]
    assert detection.match_boxes(boxes, [0.9, 0.8], truth, 0.5, taken="false").tolist() == [True, False]


RIGHT = [True, True, False, True, False]
SCORES = [0.9, 0.8, 0.7, 0.6, 0.5]


def test_precision_and_recall_by_hand() -> None:
    """Five detections, right right wrong right wrong, of four true boxes; the order given does not matter."""
    precision, recall = detection.precision_recall(SCORES, RIGHT, 4)
    np.testing.assert_allclose(precision, [1, 1, 2 / 3, 3 / 4, 3 / 5])
    np.testing.assert_allclose(recall, [1 / 4, 2 / 4, 2 / 4, 3 / 4, 3 / 4])
    shuffled = detection.precision_recall(SCORES[::-1], RIGHT[::-1], 4)
    np.testing.assert_array_equal(shuffled, [precision, recall])


def test_average_precision_by_hand() -> None:
    """Over all recalls ½·1 + ¼·¾ = 0.6875; at eleven points (6·1 + 2·¾)/11: 0 to 0.5, then 0.6 and 0.7."""
    curve = detection.precision_recall(SCORES, RIGHT, 4)
    assert detection.average_precision(*curve) == pytest.approx(0.6875)
    assert detection.average_precision(*curve, points=11) == pytest.approx(7.5 / 11)
    assert detection.average_precision(*curve, points=101) == pytest.approx((51 + 25 * 0.75) / 101)


def test_a_recall_of_three_tenths_reaches_the_point_three_tenths() -> None:
    """3 of 10 found: the points 0, 0.1, 0.2 and 0.3 count, although 3·0.1 is more than 0.3 in floating point."""
    curve = detection.precision_recall([3, 2, 1], [1, 1, 1], 10)
    assert detection.average_precision(*curve, points=11) == pytest.approx(4 / 11)


def test_the_ends_of_average_precision() -> None:
    """All right is 1, all wrong and nothing found are 0, by every interpolation."""
    for points in (None, 2, 11, 101):
        perfect, wrong = [detection.precision_recall([2, 1], [hit, hit], 2) for hit in (True, False)]
        assert detection.average_precision(*perfect, points=points) == 1
        assert detection.average_precision(*wrong, points=points) == 0
        assert detection.average_precision(*detection.precision_recall([], [], 3), points=points) == 0


@given(st.lists(st.booleans(), min_size=1, max_size=12), st.integers(0, 5))
def test_interpolation_never_lowers_the_area(right: list[bool], missed: int) -> None:
    """The envelope lies on or above the curve; with no wrong one, AP is the recall."""
    positives = max(sum(right) + missed, 1)
    precision, recall = detection.precision_recall(-np.arange(len(right)), right, positives)
    raw = float(np.sum(np.diff(recall, prepend=0) * precision))
    found = detection.average_precision(precision, recall)
    assert raw - 1e-12 <= found <= recall[-1] + 1e-12
    if all(right):
        assert found == pytest.approx(recall[-1])


def test_mean_average_precision_by_hand() -> None:
    """Two images, two classes. Class 0: right at once, AP 1. Class 1: wrong, then one of two found, AP ½·½."""
    truths = [Truth([UNIT, [4, 4, 6, 6]], [0, 1]), Truth([[0, 0, 2, 2]], [1])]
    detections = [
        Detections([UNIT, [4, 4, 6, 6]], [0.9, 0.5], [0, 1]),
        Detections([[7, 7, 8, 8], UNIT], [0.8, 0.7], [1, 2]),
    ]
    found = detection.mean_average_precision(detections, truths)
    np.testing.assert_array_equal(found.classes, [0, 1])
    np.testing.assert_allclose(found.table, [[1, 0.25]])
    assert found.mean == pytest.approx(0.625)


def test_cocos_mean_runs_over_ten_thresholds() -> None:
    """A box found with IoU 0.72 is right at 0.50 to 0.70, which is five thresholds of ten."""
    truths, detections = [Truth([[0, 0, 10, 10]], [3])], [Detections([[0, 0, 10, 7.2]], [0.9], [3])]
    found = detection.mean_average_precision(detections, truths, COCO_THRESHOLDS, points=101)
    assert COCO_THRESHOLDS == (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
    assert found.mean == pytest.approx(0.5)
    np.testing.assert_array_equal(found.table[:, 0], [1] * 5 + [0] * 5)


def test_images_without_anything_are_allowed() -> None:
    """An empty image with a detection costs precision; one with neither costs nothing."""
    nothing, empty = Detections([], [], []), Truth([], [])
    one, sure = Truth([UNIT], [0]), Detections([UNIT], [0.5], [0])
    assert detection.mean_average_precision([sure, nothing], [one, empty]).mean == 1
    better = Detections([UNIT], [0.9], [0])
    assert detection.mean_average_precision([sure, better], [one, empty]).mean == 0.5
    assert detection.mean_average_precision([nothing], [one]).mean == 0


def test_encoding_by_hand() -> None:
    """Anchor 2×4 at (1, 2); the box 4×4 at (3, 2): one width to the right, twice as wide, as high."""
    anchor, box = [[0.0, 0.0, 2.0, 4.0]], [[1.0, 0.0, 5.0, 4.0]]
    np.testing.assert_allclose(detection.encode_boxes(box, anchor), [[1, 0, np.log(2), 0]])
    np.testing.assert_allclose(detection.encode_boxes(anchor, anchor), [[0, 0, 0, 0]])


@given(st.integers(0, 2**32 - 1))
def test_decoding_undoes_encoding(seed: int) -> None:
    """For any boxes and anchors that are not empty."""
    rng = np.random.default_rng(seed)
    corner, size = rng.normal(0, 10, (2, 4, 2)), rng.uniform(0.1, 5, (2, 4, 2))
    boxes, anchors = np.concatenate([corner, corner + size], axis=-1)
    np.testing.assert_allclose(detection.decode_boxes(detection.encode_boxes(boxes, anchors), anchors), boxes)


def test_a_box_without_bounds_is_said_quietly() -> None:
    """exp(1000) is ∞ and no warning; an empty box overlaps nothing and divides nothing."""
    assert np.all(np.isinf(detection.decode_boxes([[0, 0, 1e3, 1e3]], [UNIT])))
    point = [[1.0, 1.0, 1.0, 1.0]]
    assert detection.iou(point, point) == 0
    assert detection.giou(point, point) == 0
    assert detection.giou(point, [[2.0, 2.0, 2.0, 2.0]]) == -1
    assert np.isnan(detection.iou([[np.nan, 0, 1, 1]], [UNIT]))


MISUSES = [
    (lambda: detection.iou([[0, 0, 1]], [UNIT]), ShapeError, "a"),
    (lambda: detection.iou([UNIT], UNIT), ShapeError, "b"),
    (lambda: detection.iou([UNIT], [["a"] * 4]), DTypeError, "b"),
    (lambda: detection.iou([[1, 0, 0, 1]], [UNIT]), RangeError, "a"),
    (lambda: detection.nms([UNIT], [0.5, 0.5], 0.5), ShapeError, "scores"),
    (lambda: detection.nms([UNIT], [0.5], 1.5), RangeError, "threshold"),
    (lambda: detection.nms([UNIT], [0.5], 0.5, classes=[0.5]), DTypeError, "classes"),
    (lambda: detection.nms([UNIT], [0.5], 0.5, classes=[]), ShapeError, "classes"),
    (lambda: detection.match_boxes([UNIT], [0.5], [UNIT], -0.1), RangeError, "threshold"),
    (lambda: detection.match_boxes([UNIT], [0.5], [UNIT], taken="first"), RangeError, "taken"),
    (lambda: detection.precision_recall([[1]], [True], 1), ShapeError, "scores"),
    (lambda: detection.precision_recall([1, 2], [True], 1), ShapeError, "right"),
    (lambda: detection.precision_recall([1], [True], 0), RangeError, "positives"),
    (lambda: detection.average_precision([1, 1], [1]), ShapeError, "recall"),
    (lambda: detection.average_precision([1, 1], [1, 0.5]), RangeError, "recall"),
    (lambda: detection.average_precision([1], [1], points=1), RangeError, "points"),
    (lambda: detection.mean_average_precision([], [Truth([UNIT], [0])]), ShapeError, "truths"),
    (lambda: detection.mean_average_precision([], []), ShapeError, "truths"),
    (lambda: detection.mean_average_precision([], [], []), ShapeError, "thresholds"),
    (lambda: detection.encode_boxes([UNIT], [[0, 0, 0, 1]]), RangeError, "anchors"),
    (lambda: detection.encode_boxes([[0, 0, 0, 1]], [UNIT]), RangeError, "boxes"),
    (lambda: detection.decode_boxes([UNIT, UNIT], [UNIT]), ShapeError, "anchors"),
]


@pytest.mark.parametrize(("call", "error", "argument"), MISUSES)
def test_a_misuse_names_its_argument(call: object, error: type[Exception], argument: str) -> None:
    """In both languages."""
    with pytest.raises(error) as caught:
        call()
    assert caught.value.argument == argument
    assert caught.value.ja.startswith(f"{argument}: ")
