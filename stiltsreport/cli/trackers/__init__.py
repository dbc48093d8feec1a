"""What may follow a build beside the terminal: TensorBoard, Weights & Biases, MLflow, one file each."""
