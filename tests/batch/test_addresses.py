"""Submissions leave this machine over an encrypted connection or not at all."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quizdl.batch.addresses import Address, check_address, parse_address
from quizdl.errors import InputError


@pytest.mark.parametrize(
    "text",
    [
        "tcp://127.0.0.1:8786",
        "127.0.0.1:8786",
        "tcp://localhost:9",
        "tcp://127.8.9.10",
        "tcp://[::1]:8786",
        " 127.0.0.1 ",
    ],
)
def test_this_machine_may_be_spoken_to_in_the_clear(text: str) -> None:
    """What is sent to a loopback address cannot leave the machine."""
    assert check_address(text).loopback


@pytest.mark.parametrize("text", ["tls://10.0.0.5:8786", "TLS://grader.example.ac.jp", "tls://127.0.0.1:1"])
def test_other_machines_may_be_spoken_to_over_tls(text: str) -> None:
    """Wherever the scheduler is."""
    assert check_address(text).encrypted


@pytest.mark.parametrize(
    "text",
    [
        "tcp://10.0.0.5:8786",
        "grader.example.ac.jp:8786",
        "tcp://0.0.0.0:8786",
        "tcp://127.0.0.1.example.com:8786",
        "tcp://localhost.example.com:8786",
        "tcp://127.1:8786",
        "tcp://2130706433:8786",
        "tcp://[2001:db8::1]:8786",
        "tcp://[::ffff:10.0.0.5]:8786",
    ],
)
def test_no_other_machine_is_spoken_to_in_the_clear(text: str) -> None:
    """Nothing is resolved to find out: a name that only looks like this machine is another one."""
    with pytest.raises(InputError) as caught:
        check_address(text)
    hint = caught.value.hint
    assert hint is not None
    assert "tls://" in hint.en
    assert "tls://" in hint.ja


@pytest.mark.parametrize(
    "text",
    [
        *("", "://", "tcp://", "ws://127.0.0.1:1", "inproc://1", "ucx://127.0.0.1:1"),
        *("tcp://127.0.0.1:0", "127.0.0.1:65536", "tcp://127.0.0.1:１", "tcp://127.0.0.1:8786/x"),
        *("tcp://127.0.0.1:1@10.0.0.5:8786", "tcp://user@127.0.0.1:1"),
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """Other protocols of dask's too: nobody has looked at what they promise."""
    with pytest.raises(InputError):
        parse_address(text)


@given(st.text(max_size=60) | st.from_regex(r"(tcp|tls)://[0-9a-z.:\[\]@/-]{0,30}(:[0-9]{0,6})?", fullmatch=True))
@example("tcp://[127.0.0.1]:1")
def test_any_text_is_read_or_refused(text: str) -> None:
    """An address that is read is read the same when it is written out; the rest is an InputError."""
    try:
        address = parse_address(text)
    except InputError:
        return
    assert parse_address(str(address)) == address
    assert address.private == (address.encrypted or address.loopback)


def test_an_address_is_written_with_its_port() -> None:
    """dask's own where none is given."""
    assert str(parse_address("tls://HOST")) == "tls://host:8786"
    assert parse_address("tcp://[::1]:9") == Address("tcp", "[::1]", 9)
