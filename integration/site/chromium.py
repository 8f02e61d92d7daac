# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Chromium without a screen, driven through a pipe by its DevTools protocol: messages of JSON that end with a zero."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
         "--no-first-run", "--disable-extensions", "--disable-background-networking", "--hide-scrollbars",
         "--allow-file-access-from-files"]
TIMEOUT_S = 60  # of one answer; a busy machine takes its time


class Chromium:
    """One page. `complaints` grows by what the console says of errors."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="chromium.", dir=os.environ.get("TEST_TMPDIR"))
        reads, self.to = os.pipe()  # Chromium reads from its file descriptor 3
        self.from_it, writes = os.pipe()  # and writes to 4

        def set_up():
            kept = [os.dup(reads), os.dup(writes)]  # away from 3 and 4
            for wanted, number in zip(kept, [3, 4]):
                os.dup2(wanted, number)

        environment = {**os.environ, "HOME": self.folder.name, "XDG_RUNTIME_DIR": self.folder.name}
        self.process = subprocess.Popen(
            [shutil.which("chromium"), *FLAGS, f"--user-data-dir={self.folder.name}/profile"], preexec_fn=set_up,
            close_fds=False, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(reads)
        os.close(writes)
        self.nr, self.unread, self.events, self.complaints, self.session = 0, b"", [], [], None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log"]:
            self.ask(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.to)  # it ends with its pipe
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.from_it)
        self.folder.cleanup()

    def read(self, until):
        """The next message."""
        while b"\0" not in self.unread:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.from_it], [], [], left)[0]:
                raise TimeoutError(f"Chromium has said nothing for {TIMEOUT_S} s")
            read = os.read(self.from_it, 1 << 16)
            if not read:
                raise EOFError("Chromium has ended")
            self.unread += read
        message, _, self.unread = self.unread.partition(b"\0")
        message = json.loads(message)
        self.note(message)
        return message

    def note(self, message):
        """Keeps events, and what the console complains of."""
        method, said = message.get("method"), message.get("params", {})
        if method:
            self.events.append(method)
        if method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(said["exceptionDetails"])[:400])
        elif method == "Runtime.consoleAPICalled" and said["type"] in ["error", "assert"]:
            self.complaints.append(json.dumps(said["args"])[:400])
        elif method == "Log.entryAdded" and said["entry"]["level"] == "error":
            self.complaints.append(said["entry"]["text"] + " " + said["entry"].get("url", ""))

    def ask(self, method, **params):
        self.nr += 1
        message = {"id": self.nr, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + TIMEOUT_S
        while True:
            answer = self.read(until)
            if answer.get("id") == self.nr:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def open(self, url):
        self.events.clear()
        self.ask("Page.navigate", url=url)
        until = time.monotonic() + TIMEOUT_S
        while "Page.loadEventFired" not in self.events:
            self.read(until)

    def evaluate(self, expression):
        said = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in said:
            raise RuntimeError(f"{expression}: {said['exceptionDetails']}")
        return said["result"].get("value")

    def wait_for(self, expression):
        """Until it is true; what it is then."""
        until = time.monotonic() + TIMEOUT_S
        while not (value := self.evaluate(expression)):
            if time.monotonic() > until:
                raise TimeoutError(expression)
            time.sleep(0.05)
        return value

    def press(self, key, code=0, text=""):
        for kind in ["keyDown", "keyUp"]:
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code,
                     text=text if kind == "keyDown" else "")

    def resize(self, width, height, scale=1):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale,
                 mobile=False)

    def prefer(self, dark):
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))
