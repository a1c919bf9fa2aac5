"""Dozvon: the Telegram front end of a sales floor's CRM work."""

__version__ = "0.1.0"
