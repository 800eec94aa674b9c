"""A parent of forked kernels that has imported everything and used nothing, to see what the warm-up brings."""

from cycles.runs.zygote import parent, preload

if __name__ == "__main__":
    preload._warm_up = lambda: None
    parent.main()
