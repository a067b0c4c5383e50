"""Accounts: people who ask questions, and those who look after the site."""
