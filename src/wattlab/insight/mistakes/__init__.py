"""What a network takes for what: the confusion matrix, and the samples it misreads."""
