"""The wire to a cluster: everything of dask.distributed that is used, and nothing of grading.

Its scheduler and its workers are trusted, as dask pickles what it sends; what crosses is a function of ours by its name
and bytes that we made. Results go through the scheduler: workers need not be reachable from here.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from concurrent.futures import Executor, Future
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from quizdl.batch.addresses import LOCAL, Address, check_address
from quizdl.errors import GraderError, InputError
from quizdl.sanitise import printable
from quizdl.text import Text, same

PATIENCE = 10.0
"""Seconds to wait for the scheduler to answer."""

_CREDENTIALS = {
    "tls_ca_file": "DASK_DISTRIBUTED__COMM__TLS__CA_FILE",
    "tls_client_cert": "DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT",
}


class Link:
    """A `distributed.Client` of one scheduler. local: the `LocalCluster` of our own that ends with it."""

    def __init__(self, client: Any, local: Any = None) -> None:
        self.address: str = client.scheduler.address
        self._client = client
        self._local = local
        self._senders: dict[str, Executor] = {}

    def members(self) -> dict[str, int]:
        """The address of each worker that is there, and its number of threads. Raises GraderError, the scheduler lost.

        A client that had to connect anew has been told by nobody what became of its tasks: that counts as lost.
        """
        if self._client.status != "running":
            raise scheduler_lost(self.address)
        try:
            found: dict[str, int] = self._client.nthreads(callback_timeout=PATIENCE)
        except Exception as error:  # whatever dask makes of a connection that broke
            raise scheduler_lost(self.address) from error
        return found

    def send(self, worker: str, function: Callable[..., bytes], *arguments: bytes) -> Future[bytes]:
        """Has that worker and no other call the function. Raises GraderError, the scheduler lost."""
        try:
            if worker not in self._senders:
                self._senders[worker] = self._client.get_executor(workers=[worker], pure=False, retries=0)
            return self._senders[worker].submit(function, *arguments)
        except Exception as error:
            raise scheduler_lost(self.address) from error

    def drop(self, worker: str) -> None:
        """This worker is gone for good."""
        self._senders.pop(worker, None)

    def close(self) -> None:
        """Lets go of the scheduler, and ends what was started for it."""
        for end in (self._client, self._local):
            if end is not None:
                _closed(end)


def connect(address: str, jobs: int | None = None) -> Link:
    """A link to a scheduler that submissions may be sent to, or to `jobs` processes of our own where it is `local`.

    Raises InputError before anything is sent, and GraderError where nobody answers.
    """
    if address == LOCAL:
        _installed("distributed", "cryptography")
        return _local(jobs or os.cpu_count() or 1)
    found = check_address(address)
    _installed("distributed")
    return Link(_client(str(found), _security(found)))


def _client(address: Any, security: Any) -> Any:
    """address: of a scheduler, or a cluster of our own."""
    try:
        return _dask().Client(
            address, security=security, timeout=PATIENCE, set_as_default=False, direct_to_workers=False
        )
    except (OSError, ValueError) as error:
        raise _nobody(address if isinstance(address, str) else LOCAL, error) from error


def _local(jobs: int) -> Link:
    """Its port is open to everybody on this machine, so it is encrypted too, with keys that only memory knows."""
    security = _dask().Security.temporary()
    try:
        local = _dask().LocalCluster(
            n_workers=jobs,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            protocol="tls",
            security=security,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        )
    except (OSError, RuntimeError) as error:
        raise _nobody(LOCAL, error) from error
    try:
        return Link(_client(local, security), local)
    except BaseException:
        _closed(local)
        raise


def _dask() -> Any:
    """An import of its own, as it may not be installed; what it logs of lost connections we say ourselves."""
    dask = import_module("distributed")
    for name in ("distributed", "distributed.client", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return dask


def _security(address: Address) -> Any:
    """The certificates that dask's own settings name. Raises InputError where there are none.

    Without a CA of its own dask would believe any certificate that any public authority ever signed.
    """
    if not address.encrypted:
        return None
    security = _dask().Security(require_encryption=True)
    missing = [variable for name, variable in _CREDENTIALS.items() if not getattr(security, name)]
    if missing:
        names = ", ".join(missing)
        raise InputError(
            Text(
                f"{address} に接続するための証明書が指定されていません: {names}",
                f"No certificates are given to connect to {address} with: {names}",
            ),
            Text(
                "証明書のファイルを、これらの環境変数か ~/.config/dask/distributed.yaml で指定してください。",
                "Name the certificate files in these environment variables, or in ~/.config/dask/distributed.yaml.",
            ),
            "--scheduler",
        )
    _readable(address, security)
    return security


def _readable(address: Address, security: Any) -> None:
    try:
        security.get_connection_args("client")
    except OSError as error:  # ssl.SSLError is one
        shown = printable(str(error), 200)
        raise InputError(
            Text(
                f"{address} に接続するための証明書を読めません: {shown}",
                f"The certificates to connect to {address} with cannot be read: {shown}",
            ),
            Text(
                f"{', '.join(_CREDENTIALS.values())} を確認してください。", f"Check {', '.join(_CREDENTIALS.values())}."
            ),
            "--scheduler",
        ) from error


def _installed(*names: str) -> None:
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        raise InputError(
            Text(
                f"クラスターでの採点には追加のライブラリが必要です: {', '.join(missing)}",
                f"Grading on a cluster needs libraries that are not installed: {', '.join(missing)}",
            ),
            same("pip install 'quizdl[cluster]'"),
            "--scheduler",
        )


def _closed(end: Any) -> None:
    """Closes it, whatever state the other side is in: at the end there is nothing left to lose."""
    try:
        end.close(timeout=2)
    except Exception:
        logging.getLogger(__name__).debug("closing", exc_info=True)


def scheduler_lost(address: str) -> GraderError:
    """What is graded is kept; the rest needs another run."""
    return GraderError(
        Text(
            f"スケジューラー {address} との接続が切れました。採点済みの結果は保存されています。",
            f"The connection to the scheduler {address} was lost. What is graded is kept.",
        ),
        Text(
            "スケジューラーを起動し直し、同じコマンドに `--resume` を付けて実行してください。",
            "Start the scheduler again and run the same command with `--resume`.",
        ),
        "--scheduler",
    )


def _nobody(address: str, error: Exception) -> GraderError:
    shown = printable(str(error), 200)
    return GraderError(
        Text(f"スケジューラー {address} に接続できません: {shown}", f"No scheduler answers at {address}: {shown}"),
        Text(
            "`dask scheduler` が動いているか、アドレスと証明書が正しいか確認してください。",
            "Is `dask scheduler` running there? Check the address and the certificates.",
        ),
        "--scheduler",
    )
