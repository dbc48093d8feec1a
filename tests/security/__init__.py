"""What untrusted studies, data, models and servers may not do."""
