"""Forked kernels for papermill: `papermill --engine cycles-forked IN OUT`, or `engine_name="cycles-forked"`.

Worth its name where one process executes many notebooks: the first waits for the imports, the others do not.
"""

from typing import Any


class ForkingEngine:
    """Papermill's own engine with forked kernels, ended at once, and the notebook written when it is done rather than at every cell.

    Papermill loads this while it is itself being loaded, so its parts are taken when a notebook is executed.
    """

    @classmethod
    def execute_notebook(
        cls,
        nb: Any,
        kernel_name: str,
        output_path: str | None = None,
        progress_bar: bool | dict[str, Any] = True,
        log_output: bool = False,
        autosave_cell_every: int = 0,
        **kwargs: Any,
    ) -> Any:
        """Execute every cell; papermill writes the notebook afterwards, also when a cell failed."""
        from papermill.engines import NotebookExecutionManager

        manager = NotebookExecutionManager(
            nb, output_path=None, progress_bar=progress_bar, log_output=log_output, autosave_cell_every=0
        )
        manager.notebook_start()
        try:
            cls.execute_managed_notebook(manager, kernel_name, log_output=log_output, **kwargs)
        except BaseException:
            manager.output_path = output_path  # papermill writes nothing then
            raise
        finally:
            manager.cleanup_pbar()
            manager.notebook_complete()
        return manager.nb

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> Any:
        """Execute the cells in a forked kernel."""
        from papermill.engines import NBClientEngine

        from cycles.runs.zygote.provisioner import ForkingManager

        chosen = {"kernel_manager_class": ForkingManager, "shutdown_kernel": "immediate"}
        return NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **{**chosen, **kwargs})

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """The kernel that the notebook, or whoever executes it, names."""
        from papermill.utils import nb_kernel_name

        return str(nb_kernel_name(nb, name))

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """The language that the notebook, or whoever executes it, names."""
        from papermill.utils import nb_language

        return str(nb_language(nb, language))
