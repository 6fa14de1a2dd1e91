"""How a student who may not come back is reached, if they said how."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import UtcDateTime
from core.db import Model


class ReachBack(Model):
    """Ways to reach a student that they left themselves, sealed with the key of the case and gone with it.

    `ping` is an e-mail address for a message without content, `call_back` a number and when to call.
    """

    __tablename__ = "reach_backs"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    ping: Mapped[bytes | None] = mapped_column(LargeBinary)
    call_back: Mapped[bytes | None] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(default=1)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    pinged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
