"""What every room needs for safe messages: addresses, redaction, and the wording of errors."""
