"""What `doctor` looks at, one area a file."""
