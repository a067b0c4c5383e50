"""The administrator's page: users, polls, failed jobs."""
