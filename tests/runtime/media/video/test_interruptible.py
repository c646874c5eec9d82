"""Calls that hang do not keep the caller."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from runtime.media.video.interruptible import Worker


def test_calls_are_made_in_one_thread_and_return_or_raise():
    worker = Worker("reading a video")
    threads = {worker(threading.current_thread) for _ in range(3)}
    assert [thread.name for thread in threads] == ["reading a video"]
    with pytest.raises(ZeroDivisionError):
        worker(lambda: 1 // 0)
    worker.finish(lambda: None)
    threads.pop().join(5)
    assert "reading a video" not in [thread.name for thread in threading.enumerate()]


def test_a_call_that_hangs_can_be_left_and_its_end_is_waited_for_by_the_thread_alone():
    worker, hang, released = Worker("hanging"), threading.Event(), threading.Event()
    waiting = threading.Thread(target=worker, args=(lambda: hang.wait(10),))
    waiting.start()
    while not worker.busy:
        pass
    worker.finish(released.set)
    assert not released.is_set()
    hang.set()
    assert released.wait(5)
    waiting.join(5)


def test_ctrl_c_ends_the_wait_and_the_process():
    script = """
import signal, threading
from runtime.media.video.interruptible import Worker
signal.signal(signal.SIGINT, signal.default_int_handler)
threading.Timer(0.3, lambda: signal.raise_signal(signal.SIGINT)).start()
try:
    Worker("hanging")(threading.Event().wait)
except KeyboardInterrupt:
    print("interrupted")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "interrupted\n"), done.stderr
