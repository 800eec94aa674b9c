"""When a forked kernel counts as ready: told by scripted answers, in the order in which a kernel may give them."""

import asyncio
from queue import Empty

import pytest

from cycles.runs.zygote.client import CONNECT_AGAIN_MILLISECONDS, ReadyClient
from cycles.runs.zygote.provisioner import ForkingManager


def _message(question: str, kind: str, **content: str) -> dict:
    return {"parent_header": {"msg_id": question}, "msg_type": kind, "content": content}


def _reply(question: str) -> dict:
    return _message(question, "kernel_info_reply", protocol_version="5.3")


def _busy(question: str) -> dict:
    return _message(question, "status", execution_state="busy")


def _idle(question: str) -> dict:
    return _message(question, "status", execution_state="idle")


WELCOME = {"parent_header": {}, "msg_type": "iopub_welcome", "content": {}}


class Scripted(ReadyClient):
    """A client whose kernel answers as written down; None is silence."""

    def __init__(self, shell: list, iopub: list, *, lives: bool = True) -> None:
        super().__init__()
        self.shell, self.iopub, self.lives, self.asked = shell, iopub, lives, 0

    def kernel_info(self) -> str:
        self.asked += 1
        return f"q{self.asked}"

    async def get_shell_msg(self, timeout: float) -> dict:
        return _next(self.shell)

    async def get_iopub_msg(self, timeout: float) -> dict:
        return _next(self.iopub)

    async def is_alive(self) -> bool:
        return self.lives


def _next(messages: list) -> dict:
    message = messages.pop(0) if messages else None
    if message is None:
        raise Empty
    return message


def test_a_kernel_is_ready_at_idle_and_nothing_that_it_said_before_is_left():
    client = Scripted([_reply("q1")], [WELCOME, _busy("q1"), _idle("q1"), _busy("later")])
    asyncio.run(client.wait_for_ready(timeout=1))
    assert client.asked == 1
    assert client.iopub == [_busy("later")]


def test_a_kernel_that_was_not_listened_to_yet_is_asked_again():
    client = Scripted([_reply("q1"), _reply("q2")], [None, _busy("q2"), _idle("q2")])
    asyncio.run(client.wait_for_ready(timeout=1))
    assert client.asked == 2


def test_answers_to_an_earlier_question_are_read_and_not_taken_for_this_one():
    client = Scripted([None, _reply("q1"), _reply("q2")], [_busy("q1"), _idle("q1"), _busy("q2"), _idle("q2")])
    asyncio.run(client.wait_for_ready(timeout=1))
    assert client.asked == 2
    assert client.shell == client.iopub == []


def test_a_kernel_that_dies_is_not_waited_for():
    with pytest.raises(RuntimeError, match="died"):
        asyncio.run(Scripted([], [], lives=False).wait_for_ready(timeout=60))


def test_a_kernel_that_keeps_silent_is_waited_for_so_long_and_no_longer():
    with pytest.raises(RuntimeError, match="respond"):
        asyncio.run(Scripted([], []).wait_for_ready(timeout=0.01))


def test_forked_kernels_have_this_client():
    assert ForkingManager().client_factory is ReadyClient


def test_sockets_connect_again_at_once():
    client = ReadyClient()
    assert client.context.reconnect_ivl == CONNECT_AGAIN_MILLISECONDS
    client.context.destroy()
