"""Which schedulers and workers a class's submissions may be sent to. Pure: nothing is resolved, nothing is opened.

dask pickles what it sends, and whoever can reach a scheduler can run programs on it: between machines the connection
has to be encrypted and both ends have to show a certificate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address

from quizdl.errors import InputError
from quizdl.sanitise import printable
from quizdl.text import Text

LOCAL = "local"
"""In place of an address: workers of our own on this machine, as long as the batch runs."""

DEFAULT_PORT = 8786

_ADDRESS = re.compile(
    r"(?:(?P<scheme>[a-z]+)://)?(?P<host>\[[0-9a-f:.]+\]|[0-9a-z.-]+)(?::(?P<port>[0-9]{1,5}))?",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a scheduler or a worker listens: `tls://host:8786`."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether what is sent there cannot leave this machine."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False

    @property
    def encrypted(self) -> bool:
        """Whether what is sent there can be read by nobody on the way."""
        return self.scheme == "tls"

    @property
    def private(self) -> bool:
        """Whether submissions may be sent there."""
        return self.encrypted or self.loopback


def parse_address(text: str) -> Address:
    """`tcp://127.0.0.1:8786`, `tls://host` or `host:port`, which is tcp. Raises InputError for anything else."""
    found = _ADDRESS.fullmatch(text.strip())
    port = int(found["port"] or DEFAULT_PORT) if found else 0
    scheme = (found["scheme"] or "tcp").lower() if found else ""
    if found is None or scheme not in ("tcp", "tls") or not 0 < port < 1 << 16:
        raise _unreadable(text)
    return Address(scheme, found["host"].lower(), port)


def check_address(text: str) -> Address:
    """A scheduler's address that submissions may be sent to. Raises InputError, before anything is sent."""
    address = parse_address(text)
    if not address.private:
        raise _unencrypted(address)
    return address


def _unreadable(text: str) -> InputError:
    shown = printable(text, 100)
    return InputError(
        Text(f"スケジューラーのアドレスを読めません: {shown}", f"This is no scheduler's address: {shown}"),
        Text(
            f"`{LOCAL}`、`tcp://127.0.0.1:8786`、`tls://HOST:8786` のどれかの形で指定してください。",
            f"Give `{LOCAL}`, `tcp://127.0.0.1:8786` or `tls://HOST:8786`.",
        ),
        "--scheduler",
    )


def _unencrypted(address: Address) -> InputError:
    return InputError(
        Text(
            f"{address} への接続は暗号化されず、相手も確認されません。学習者のコードは送りませんでした。",
            f"{address} is neither encrypted nor does it prove who it is. No learner's code was sent.",
        ),
        Text(
            "スケジューラーとワーカーを証明書つきで起動し"
            f"（`dask scheduler --protocol tls --tls-ca-file … --tls-cert … --tls-key …`）、"
            f"`--scheduler tls://{address.host}:{address.port}` を指定してください。",
            "Start the scheduler and its workers with certificates "
            f"(`dask scheduler --protocol tls --tls-ca-file … --tls-cert … --tls-key …`) and give "
            f"`--scheduler tls://{address.host}:{address.port}`.",
        ),
        "--scheduler",
    )
