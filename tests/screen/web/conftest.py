"""A real browser: headless Chromium with a profile of its own, driven through its DevTools pipe."""

from __future__ import annotations

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from quizdl.bank import Library
from quizdl.bank.exam_form import exam_form
from quizdl.model import Asked, ExamSheet, PhonePack

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 60.0

IDS = (
    *("conv-output-size", "sigmoid-derivative-max", "gradient-clipping", "bptt-step-order", "rnn-third-weight"),
    *("bptt-gradient-input", "bptt-gradient-recurrent", "lstm-forget-gate", "chain-rule", "met-precision-figure"),
)
"""Questions of several kinds: a figure, code, steps in order, formulas, two of a set."""

OpenBrowser = Callable[..., "Browser"]

_CLOCK = "const __now = Date.now; window.__ahead = 0; Date.now = () => __now() + window.__ahead;"
_PLACE = """(selector) => {
  const element = document.querySelector(selector);
  element.scrollIntoView({ block: "center" });
  const box = element.getBoundingClientRect();
  const x = box.x + box.width / 2, y = box.y + box.height / 2;
  const hit = document.elementFromPoint(x, y);
  const label = element.closest("label");
  return [x, y, element.getClientRects().length && (element.contains(hit) || (label && label.contains(hit)))];
}"""
_STICKING_OUT = """(() => {
  const root = document.scrollingElement;
  if (root.scrollWidth <= innerWidth) return [];
  const out = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1);
  return [root.scrollWidth + " px", ...out.map((e) => e.tagName + "." + e.className)];
})()"""
NO_STORAGE = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"


class RefusedError(Exception):
    """The browser did not do what it was told."""


class Browser:
    """One Chromium process. Profile and downloads lie in `folder` and outlive it, as on a phone."""

    def __init__(self, folder: Path) -> None:
        self.downloads = folder / "downloads"
        self.downloads.mkdir(parents=True, exist_ok=True)
        to_chrome, self._write = os.pipe()
        self._read, from_chrome = os.pipe()
        arguments = [
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
            *("--remote-debugging-pipe", f"--user-data-dir={folder / 'profile'}", "about:blank"),
        ]
        moved = f'exec "$0" "$@" 3<&{to_chrome} 4>&{from_chrome}'
        self._process = subprocess.Popen(
            ["bash", "-c", moved, str(CHROMIUM), *arguments],
            pass_fds=(to_chrome, from_chrome),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_chrome)
        os.close(from_chrome)
        self._ids = itertools.count(1)
        self._buffer = b""
        self.complaints: list[str] = []
        self._requests: list[str] = []
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self.downloads))

    def close(self) -> None:
        """End the process as a browser is closed, so that its profile is on the disk."""
        self.call("Browser.close")
        self._process.wait(PATIENCE)
        os.close(self._write)
        os.close(self._read)

    def end(self) -> None:
        """End the process, however it is."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(PATIENCE)

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """One command of the DevTools protocol, and its result."""
        number = next(self._ids)
        message = {"id": number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RefusedError(method, answer["error"]["message"])
                found: dict[str, Any] = answer["result"]
                return found

    def page(self, path: Path, *, width: int = 1280, height: int = 900, phone: bool = False, before: str = "") -> Page:
        """A new tab with the file. before: a script that runs before any of the page's own."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session, target)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.size(width, height, phone=phone)
        page.call("Page.addScriptToEvaluateOnNewDocument", source=_CLOCK + before)
        page.open(path)
        return page

    def saved(self, name: str) -> bytes:
        """A file that the page hands over; waits for it, and takes it out of the folder."""
        path = self.downloads / name
        deadline = time.monotonic() + PATIENCE
        while not path.exists():
            assert time.monotonic() < deadline, name
            time.sleep(0.02)
        data = path.read_bytes()
        path.unlink()
        return data

    @property
    def requests(self) -> list[str]:
        """Every address asked for, but the pages themselves and what they hand over."""
        return [url for url in self._requests if not url.startswith(("file:", "about:", "blob:"))]

    def _message(self) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(deadline - time.monotonic(), 0))
            assert ready, "the browser does not answer"
            self._buffer += os.read(self._read, 1 << 20)
        raw, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(raw)
        self._notice(message)
        return message

    def _notice(self, message: dict[str, Any]) -> None:
        match message.get("method"):
            case "Runtime.exceptionThrown":
                self.complaints.append(str(message["params"]["exceptionDetails"]))
            case "Log.entryAdded" if message["params"]["entry"]["level"] == "error":
                self.complaints.append(message["params"]["entry"]["text"])
            case "Network.requestWillBeSent":
                self._requests.append(message["params"]["request"]["url"])
            case "Page.javascriptDialogOpening":
                self.complaints.append(message["params"]["type"])


class Page:
    """One tab."""

    def __init__(self, browser: Browser, session: str, target: str) -> None:
        self.browser = browser
        self._session = session
        self._target = target

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command to this tab."""
        return self.browser.call(method, self._session, **parameters)

    def open(self, path: Path) -> None:
        """Go to a file and wait until its script has run."""
        self.call("Page.navigate", url=path.as_uri())
        self.wait("document.readyState === 'complete'")

    def reload(self) -> None:
        """As the browser's button does; a page that asks to stay is left all the same."""
        self.run("window.__before = true")
        self.call("Page.reload")
        self.wait("document.readyState === 'complete' && !window.__before")

    def close(self) -> None:
        """Close the tab."""
        self.browser.call("Target.closeTarget", targetId=self._target)

    def size(self, width: int, height: int, *, phone: bool = False) -> None:
        """The window's size in CSS pixels; a phone has a touch screen and two device pixels for each."""
        scale = 2 if phone else 1
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=phone
        )
        self.call("Emulation.setTouchEmulationEnabled", enabled=phone)
        self._phone = phone

    def run(self, expression: str) -> Any:
        """The value of an expression of JavaScript."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, (expression, found["exceptionDetails"])
        return found["result"].get("value")

    def wait(self, condition: str) -> None:
        """Until the condition holds."""
        deadline = time.monotonic() + PATIENCE
        while not self._holds(condition):
            assert time.monotonic() < deadline, condition
            time.sleep(0.02)

    def _holds(self, condition: str) -> bool:
        try:
            return bool(self.run(f"Boolean({condition})"))
        except RefusedError:  # it is between two pages
            return False

    def tap(self, selector: str) -> None:
        """A finger on a phone, else a mouse, in the middle of what the selector finds; it must be there to be hit."""
        self.call("Page.bringToFront")  # a tab behind another one takes no touch
        place = self.run(f"({_PLACE})({json.dumps(selector)})")
        assert place[2], f"{selector} is covered, or not shown"
        x, y = place[:2]
        if self._phone:
            self.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
            self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
        for kind in () if self._phone else ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str) -> None:
        """One key of the keyboard."""
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def pass_time(self, seconds: float) -> None:
        """The computer's clock goes on by this much, and the page notices."""
        self.run(f"window.__ahead += {seconds * 1000}; tick()")

    def shown(self, selector: str) -> bool:
        """Whether an element is on the screen, or could be scrolled there."""
        return bool(self.run(f"document.querySelector({json.dumps(selector)}).getClientRects().length"))

    def text(self, selector: str) -> str:
        """An element's text as it is shown."""
        return str(self.run(f"document.querySelector({json.dumps(selector)}).innerText"))

    def overflow(self) -> list[str]:
        """What sticks out on the right, and the page's own width where it would scroll sideways."""
        found: list[str] = self.run(_STICKING_OUT)
        return found

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """A screenshot."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def printed(self) -> bytes:
        """The page as a PDF, on the paper that its style sheet names."""
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=False)["data"])


@pytest.fixture
def open_browser(tmp_path: Path) -> Iterator[OpenBrowser]:
    """Starts a browser; with the same name again, the same profile. Every one is closed at the end."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine: the pages are tried in none")
    running: list[Browser] = []

    def start(name: str = "phone") -> Browser:
        browser = Browser(tmp_path / name)
        running.append(browser)
        return browser

    yield start
    for browser in running:
        browser.end()


@pytest.fixture(scope="session")
def questions() -> tuple[Asked, ...]:
    """Real questions in exam form."""
    library = Library()
    forms = tuple(form for name in IDS if (form := exam_form(library.find(name), 3)) is not None)
    assert len(forms) == len(IDS)
    return forms


@pytest.fixture
def sheet(questions: tuple[Asked, ...]) -> ExamSheet:
    """An exam of twelve minutes, whose clock stands still while the page is closed."""
    return ExamSheet(
        id="exam-1",
        at=1_700_000_000.0,
        minutes=12,
        seed=3,
        clock="paused",
        pass_line=65,
        framework="pytorch",
        weights={"dl": 100},
        quizdl="0.1.0",
        questions=questions,
        form="paper",
    )


@pytest.fixture
def pack(questions: tuple[Asked, ...]) -> PhonePack:
    """The same questions as a phone pack, made a minute ago."""
    return PhonePack(id="E5TPJYK4", at=float(int(time.time()) - 60), seed=3, quizdl="0.1.0", questions=questions)
