"""What keeps strangers from doing what they may not."""
