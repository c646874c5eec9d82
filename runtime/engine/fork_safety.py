"""onnxruntime sessions that a forked child process opens again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import onnxruntime
from numpy.typing import NDArray

from runtime.errors import DeviceError
from runtime.process import never_free, watch


class ForkSafeSession:
    """An onnxruntime session that a child process opens again before its first use there. Thread-safe.

    The threads of a session do not exist in a child made by ``os.fork``, and a lock that another thread held at that
    moment stays locked there for ever. A child therefore neither runs nor frees the sessions of its parent. One that is
    opened again gives the same values, to the bit.
    """

    def __init__(self, open_session: Callable[[], onnxruntime.InferenceSession]) -> None:
        """Open the session.

        Args:
            open_session: opens one; called once more in each child process that uses it.
        """
        self._open = open_session
        self._opening = threading.Lock()
        self._session: onnxruntime.InferenceSession | None = open_session()
        watch(self, ForkSafeSession._give_up)

    def run(self, output_names: Sequence[str] | None, input_feed: Mapping[str, NDArray[Any]], /) -> Sequence[Any]:
        """Return the values of the outputs, all where no names are given.

        Raises:
            DeviceError: this process was forked, and the session's device does not start in it.
        """
        values: Sequence[Any] = (self._session or self._reopened()).run(output_names, input_feed)
        return values

    def get_inputs(self) -> Sequence[Any]:
        """Return names, types and shapes of the inputs."""
        inputs: Sequence[Any] = (self._session or self._reopened()).get_inputs()
        return inputs

    def get_outputs(self) -> Sequence[Any]:
        """Return names, types and shapes of the outputs."""
        outputs: Sequence[Any] = (self._session or self._reopened()).get_outputs()
        return outputs

    def get_modelmeta(self) -> Any:
        """Return onnxruntime's object with the metadata of the file."""
        return (self._session or self._reopened()).get_modelmeta()

    def get_providers(self) -> Sequence[str]:
        """Return the names of the execution providers in force."""
        providers: Sequence[str] = (self._session or self._reopened()).get_providers()
        return providers

    def get_session_options(self) -> onnxruntime.SessionOptions:
        """Return the options."""
        return (self._session or self._reopened()).get_session_options()

    def _give_up(self) -> None:
        """Forget the parent's session; it is opened again when it is needed."""
        self._opening = threading.Lock()
        if self._session is not None:
            never_free(self._session)
            self._session = None

    def _reopened(self) -> onnxruntime.InferenceSession:
        with self._opening:
            if self._session is None:
                try:
                    self._session = self._open()
                except Exception as error:  # onnxruntime's exceptions share no base class of their own
                    reason = str(error).strip().partition("\n")[0]
                    raise DeviceError(
                        "this process was forked, and a network that its parent opened does not start here: "
                        f"{reason}; make the Predictor after the fork, or start processes by 'spawn'"
                    ) from error
            return self._session
