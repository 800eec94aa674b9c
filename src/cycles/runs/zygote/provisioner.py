"""Forked kernels for `jupyter_client`: the provisioner `cycles-forked`, and a kernel manager that uses it for any Python kernel."""

import asyncio
import logging
import os
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Bool, Type

from cycles.runs.zygote.client import ReadyClient
from cycles.runs.zygote.keeper import KEEPER, CannotFork, ForkedProcess

NAME = "cycles-forked"
WAIT_SECONDS = 0.005
KNOWN = {"env", "cwd", "stdout", "stderr", "stdin", "independent", "extra_arguments", "kernel_id", "preexec_fn"}

_log = logging.getLogger("cycles.runs")
_announced: set[str] = set()


class ForkingProvisioner(LocalProvisioner):
    """Forks the kernel; where that cannot be, says so once and starts a plain one."""

    falls_back = Bool(True, help="Start a plain kernel when none can be forked, rather than fail.").tag(config=True)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork the kernel that `cmd` would start."""
        try:
            self.process = self._fork(cmd, **kwargs)
        except CannotFork as problem:
            if not self.falls_back:
                raise
            announce(problem.why)
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid
        self.cwd = kwargs.get("cwd") or os.getcwd()
        return self.connection_info

    async def wait(self) -> int | None:
        """Wait until the kernel has ended; a kernel that is killed ends in milliseconds."""
        while isinstance(self.process, ForkedProcess) and self.process.poll() is None:
            await asyncio.sleep(WAIT_SECONDS)
        return await super().wait()

    def _fork(self, cmd: list[str], **kwargs: Any) -> Any:
        if set(kwargs) - KNOWN:
            raise CannotFork(f"it is asked for in a way we do not know ({', '.join(sorted(set(kwargs) - KNOWN))})")
        return KEEPER.fork(
            cmd,
            environment=kwargs.get("env") or os.environ,
            cwd=str(kwargs.get("cwd") or os.getcwd()),
            stdout=kwargs.get("stdout"),
            stderr=kwargs.get("stderr"),
        )


class ForkingManager(AsyncKernelManager):
    """Starts any Python kernel by forking, whatever its specification says."""

    falls_back = True
    client_factory = Type(ReadyClient)

    @property
    def kernel_spec(self) -> Any:
        """The kernel's specification, with our provisioner in it."""
        spec = super().kernel_spec
        if spec is not None and spec.language.lower() == "python":
            chosen = {"provisioner_name": NAME, "config": {"falls_back": self.falls_back}}
            spec.metadata = {**spec.metadata, "kernel_provisioner": chosen}
        return spec


class OnlyForkingManager(ForkingManager):
    """Fails where no kernel can be forked."""

    falls_back = False


def announce(why: str) -> None:
    """Say once for each reason that kernels are plain ones here."""
    if why not in _announced:
        _announced.add(why)
        _log.warning("Notebooks run in plain kernels, not in forked ones: %s.", why)
