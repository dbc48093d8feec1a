"""Where units run: a file an executor."""
