"""The Telegram Bot API as the bot meets it over the wire, and the phones at its other end."""
