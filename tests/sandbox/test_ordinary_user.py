"""The walls for a grader who is no root: no user to change to, and namespaces only where the kernel lets him have them.

Root tries it too: in a mount namespace in which Python and this checkout can be reached, it becomes nobody.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from quizdl.sandbox import launch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the walls of Linux's kernel")

NOBODY = 65534
STAGE = "/mnt"
CORPUS = Path(__file__).parent.parent / "corpus" / "escapes"

SCRIPT = """
import json, os, sys
from pathlib import Path
import numpy as np
import yaml
from quizdl.sandbox import Job, Limits, Sandbox

corpus, level = Path(sys.argv[1]), sys.argv[2]
calls = tuple({"gradient": np.full((2, 3), scale), "threshold": 1.0} for scale in (0.0, 2.0, 5.0))
good = Job(None, b"def gradient_clipping(gradient, threshold): return gradient + threshold", "gradient_clipping", calls)
wrong = []
with Sandbox(Limits(cpu=1.0, wall=2.5, memory=256 << 20), most=level) as sandbox:
    found = [sandbox.level(), sandbox.isolation(), os.geteuid()]
    for case in yaml.safe_load((corpus / "manifest.yaml").read_text(encoding="utf-8"))["cases"]:
        run = sandbox.run(Job(None, (corpus / case["file"]).read_bytes(), "gradient_clipping", calls, visible=1))
        raised = any(result.error for result in run.results)
        verdict = run.outcome if run.outcome != "ok" else "runtime_error" if raised else "wrong"
        if verdict not in [case["expected"], *case.get("also_ok", ())]:
            wrong.append([case["file"], verdict, run.message and run.message.en])
        if "root:" in run.stdout or [result.value[0, 0] for result in sandbox.run(good).results] != [1.0, 3.0, 6.0]:
            wrong.append([case["file"], "leaked or spoilt the next"])
print(json.dumps([*found, wrong]))
"""


def closed(path: Path) -> Path | None:
    """The first folder on the way that only its owner may pass."""
    return next((folder for folder in (*reversed(path.parents), path) if not folder.stat().st_mode & 0o001), None)


def opened(command: list[str]) -> list[str]:
    """The command as nobody's, where the folders that it needs can be reached."""
    needed = {Path(sys.base_prefix), Path(sys.prefix), Path(launch.numpy_folder()), launch.ROOM.parent.parent}
    lines = [f"mount -t tmpfs tmpfs {STAGE}"]
    back = []
    for place, path in enumerate(sorted(needed)):
        barrier = closed(path)
        if barrier == path:
            pytest.skip(f"nobody may enter {path}")
        if barrier is not None:
            lines += [f"mkdir {STAGE}/{place}", f"mount --rbind {shlex.quote(str(path))} {STAGE}/{place}"]
            back += [f"mkdir -p {shlex.quote(str(path))}", f"mount --rbind {STAGE}/{place} {shlex.quote(str(path))}"]
    barriers = {str(barrier) for path in needed if (barrier := closed(path))}
    lines += [f"mount -t tmpfs -o mode=755 tmpfs {shlex.quote(barrier)}" for barrier in sorted(barriers)] + back
    lines.append(f"exec setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups {shlex.join(command)}")
    return ["unshare", "-m", "--propagation", "private", "sh", "-ec", "\n".join(lines)]


def tried(command: list[str]) -> tuple[str, list[str], int, list[object]]:
    """The level, its layers, the user, and the escapes that went wrong."""
    environment = {**os.environ, "HOME": "/nonexistent", "PYTHONPATH": str(launch.ROOM.parent.parent)}
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd="/", timeout=120, check=False, encoding="utf-8"
    )
    if done.returncode != 0 and any(program in done.stderr for program in ("unshare:", "mount:", "setpriv:")):
        pytest.skip(f"root cannot give that much up here: {done.stderr}")
    assert done.returncode == 0, done.stderr
    level, isolation, user, wrong = json.loads(done.stdout)
    return level, isolation, user, wrong


@pytest.mark.parametrize("level", ["L3", "L2"])
def test_every_escape_fails_for_an_ordinary_user_too(level: str) -> None:
    """The same walls but for the change of user; the level is what was verified as that user."""
    command = [sys.executable, "-B", "-c", SCRIPT, str(CORPUS), level]
    reached, isolation, user, wrong = tried(opened(command) if os.geteuid() == 0 else command)
    if reached != level:
        pytest.skip(f"an ordinary user gets {reached} on this machine")
    assert user != 0
    assert "uid-drop" not in isolation
    assert ("bwrap" in isolation) == (level == "L3")
    assert wrong == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give root's rights up")
@pytest.mark.parametrize(
    "crippled",
    [["setpriv", "--bounding-set=-all", "--inh-caps=-all"], ["unshare", "--user", "--map-root-user"]],
    ids=["no capabilities", "no other user"],
)
def test_a_root_that_cannot_become_another_user_has_the_other_walls(crippled: list[str]) -> None:
    """As in containers: the layer is not named, and what remains of root in a child gets nowhere."""
    level, isolation, user, wrong = tried([*crippled, sys.executable, "-B", "-c", SCRIPT, str(CORPUS), "L2"])
    if level != "L2":
        pytest.skip(f"such a root gets {level} on this machine")
    assert user == 0
    assert "uid-drop" not in isolation
    assert wrong == []
