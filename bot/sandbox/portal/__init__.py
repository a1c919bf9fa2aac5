"""A Bitrix24-compatible REST portal, as far as a sales floor's work needs one."""

from bot.sandbox.portal.portal import Portal
from bot.sandbox.portal.seed import PortalSeed, load_seed

__all__ = ["Portal", "PortalSeed", "load_seed"]
