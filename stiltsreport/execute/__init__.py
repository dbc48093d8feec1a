"""Running units of work: the scheduler, the executors, and what a worker does."""
