"""Reading YAML: nothing but plain data gets through, and nothing but BankError comes out."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from quizdl.bank import yaml as reader
from quizdl.bank.encoding import MAX_BYTES, MAX_LINES
from quizdl.bank.faults import Faults
from quizdl.bank.nodes import Mapping, Node, Scalar, Sequence, at
from quizdl.errors import BankError

SIGNS = ["- ", ": ", "\n", "  ", "{", "}", "[", "]", "'", '"', "|", ">", "#", ",", "\\", "$", "? ", "\t", "\r", "\x00"]
WORDS = ["a", "あ", "no", "1e-3", "~", "&a ", "*a", "!t ", "<<", "---\n", "...", "%YAML 1.", "%TAG ! x", "\\UFFFFFFFF"]
SNIPPETS = st.sampled_from([*SIGNS, *WORDS, "\ufeff"])
BYTES = st.one_of(st.binary(max_size=200), st.lists(SNIPPETS, max_size=40).map(lambda parts: "".join(parts).encode()))


@pytest.fixture(params=["C", "Python"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both of PyYAML's parsers: a machine without libyaml has only the slower one."""
    monkeypatch.setattr(reader, "_LOADER", yaml.CSafeLoader if request.param == "C" else yaml.SafeLoader)


def parse(text: str) -> Node:
    node = reader.read(text.encode(), Faults("x.yaml"))
    assert node is not None
    return node


@pytest.mark.parametrize("parser", [yaml.CSafeLoader, yaml.SafeLoader])
@given(data=BYTES)
def test_any_bytes_give_nodes_or_a_bank_error(parser: type, data: bytes) -> None:
    """No bytes make the reader raise anything but BankError, with a place in the file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "_LOADER", parser)
        try:
            node = reader.read(data, Faults("x.yaml"))
        except BankError as error:
            name, line, column = str(error.where).split(":")
            assert name == "x.yaml"
            assert int(line) >= 1
            assert int(column) >= 1
        else:
            assert isinstance(node, Scalar | Sequence | Mapping)


@given(data=BYTES)
def test_gathering_faults_finds_one_where_raising_does(data: bytes) -> None:
    """A file is refused or taken alike, whether its faults are raised or gathered."""
    faults = Faults("x.yaml", gather=True)
    reader.read(data, faults)
    raised: list[str | None] = []
    try:
        reader.read(data, Faults("x.yaml"))
    except BankError as error:
        raised.append(error.where)
    assert raised == [error.where for error in faults.found[:1]]


@given(st.recursive(st.text("abc あ:#'\"|-{}[],&*!%@`\n$\\ ", max_size=12), lambda inner: st.lists(inner, max_size=4)))
def test_what_is_single_quoted_comes_back_as_it_was(value: object) -> None:
    """Text that PyYAML writes in single quotes is read back unchanged, whatever signs it holds."""
    text = yaml.dump({"key": value}, default_style="'", allow_unicode=True, width=10_000)
    if "\n\n" in text or "! " in text or '"' in text.replace("''", ""):
        return  # folded, tagged or double-quoted by PyYAML: refused here on purpose
    faults = Faults("x.yaml", gather=True)
    node = reader.read(text.encode(), faults)
    assert faults.found or plain(at(node or parse("a: b"), "key")) == value


def plain(node: Node) -> object:
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key: plain(item) for key, item in node.entries.items()} if isinstance(node, Mapping) else node.text


@pytest.mark.usefixtures("loader")
def test_places_count_characters_from_one() -> None:
    """A place after Japanese text is counted in characters, as editors count."""
    node = parse("日本: x\nキー: [あ, {い: う}]\n")
    assert at(node, "キー", 1, "い") == Scalar("う", "", 2, 14 - 1)


@pytest.mark.usefixtures("loader")
def test_windows_line_ends_and_a_byte_order_mark_are_read() -> None:
    """A file saved by an editor on Windows reads as any other."""
    node = reader.read(b"\xef\xbb\xbfa: |\r\n  x\r\n  y\r\nb: z\r\n", Faults("x.yaml"))
    assert at(node or parse("x"), "a") == Scalar("x\ny\n", "|", 1, 4)
    assert at(node or parse("x"), "b") == Scalar("z", "", 4, 4)


@pytest.mark.usefixtures("loader")
def test_quotes_are_kept_apart_from_plain_scalars() -> None:
    """`'no'` and `no` are different things, and only the field can say what the second means."""
    node = parse("[no, 'no', \"no\"]")
    assert isinstance(node, Sequence)
    assert [item.style for item in node.items if isinstance(item, Scalar)] == ["", "'", '"']


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"a" * (MAX_BYTES + 1), "1 MiB"),
        (b"a: b\n" + b"\n" * MAX_LINES, f"{MAX_LINES} lines"),
        (b"[" * 10_000, "nested deeper"),
        (b"[" + b"a," * 60_000 + b"]", "50000 values"),
        (b"\xff\xfea\x00", "UTF-8"),
        (b"a: b\rc: d", "U+000D"),
        ("a: \u202ebidi".encode(), "U+202E"),
    ],
    ids=["bytes", "lines", "depth", "nodes", "utf-16", "bare-cr", "bidi"],
)
def test_what_is_too_large_or_unseen_is_refused(data: bytes, part: str) -> None:
    """Size, depth, number of values and invisible characters are bounded before anything is built."""
    with pytest.raises(BankError) as raised:
        reader.read(data, Faults("x.yaml"))
    assert part in raised.value.message.en


def test_a_file_of_just_the_most_lines_is_read() -> None:
    """600 lines are allowed; the 601st is not."""
    assert parse("a: b\n" + "# c\n" * (MAX_LINES - 1))
