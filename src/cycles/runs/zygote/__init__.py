"""Forked kernels: one parent has imported what notebooks use, and becomes a real Jupyter kernel for each of them by forking.

A kernel of a notebook spends most of its life importing. Here that is done once, in a parent (`parent`, with what `preload` names);
`keeper` starts that parent and asks it for kernels, `child` is what each fork does before it is an ordinary ipykernel, `provisioner`
offers it to `jupyter_client` and `engine` to papermill. Linux only; everywhere else, and whenever a check fails, the kernel is a
plain one and a sentence says so.
"""
