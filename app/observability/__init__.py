"""What the application tells of itself: logs, metrics, traces, reports of errors."""
