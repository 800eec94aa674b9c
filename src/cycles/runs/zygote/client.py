"""The client of a forked kernel: it knows that the kernel is ready when the kernel says so, and waits no longer."""

import time
from queue import Empty
from typing import Any

import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient

LOOK_SECONDS = 1.0
HEARD_SECONDS = 0.2
CONNECT_AGAIN_MILLISECONDS = 5


class ReadyClient(AsyncKernelClient):
    """Jupyter's client, without its two fixed waits.

    A kernel is asked for before it listens: the system's own pause before connecting again is a tenth of a second. And the usual client
    listens a fifth of a second longer, for what else the kernel might say; after "idle", in answer to our own question, nothing is left.
    """

    def _context_default(self) -> zmq.asyncio.Context:
        context = super()._context_default()
        context.reconnect_ivl = CONNECT_AGAIN_MILLISECONDS  # the default of every socket that it makes
        return context

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel has answered and everything that it said by then is read.

        Raises
        ------
        RuntimeError
            The kernel died, or `timeout` seconds are over.
        """
        until = time.monotonic() + (float("inf") if timeout is None else timeout)
        while not await self._answers(self.kernel_info()):
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if time.monotonic() > until:
                raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")

    async def _answers(self, question: str) -> bool:
        """Whether the kernel has answered on both channels; one that was not listened to yet has to be asked again."""
        try:
            reply = await _about(question, self.get_shell_msg, LOOK_SECONDS, kind="kernel_info_reply")
            await _about(question, self.get_iopub_msg, HEARD_SECONDS, kind="status", execution_state="idle")
        except Empty:
            return False
        self._handle_kernel_info_reply(reply)
        return True


async def _about(question: str, receive: Any, seconds: float, *, kind: str, **content: str) -> dict[str, Any]:
    """The next message of a kind, with such content, in answer to a question; what comes before it is of no use to anybody.

    Raises
    ------
    Empty
        Nothing came for so many seconds.
    """
    while True:
        message: dict[str, Any] = await receive(timeout=seconds)
        answers = message["parent_header"].get("msg_id") == question and message["msg_type"] == kind
        if answers and content.items() <= message["content"].items():
            return message
