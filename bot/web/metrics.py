"""What `/metrics` counts."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

UPDATES = Counter("dozvon_updates_total", "Telegram updates worked on")
OUTBOX_WAITING = Gauge("dozvon_outbox_waiting", "CRM writes that wait to be delivered")
OUTBOX_PARKED = Gauge("dozvon_outbox_parked", "CRM writes that the portal refused")
MESSAGES_WAITING = Gauge("dozvon_messages_waiting", "Telegram messages that wait to be delivered")
OVERDUE = Gauge("dozvon_tasks_overdue", "Open tasks that are overdue")
OPEN_TASKS = Gauge("dozvon_tasks_open", "Open tasks")
