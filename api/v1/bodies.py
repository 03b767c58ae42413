"""What is written to the API: bodies whose texts the store can hold, and nothing strange."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

Text = Annotated[str, Field(min_length=1, max_length=2_000)]


class Sound(BaseModel):
    """A body whose texts the store can hold, and that says nothing we do not know."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _no_nul(cls, value: Any) -> Any:
        told = [value]
        if isinstance(value, dict | list):
            told = [*value, *(value.values() if isinstance(value, dict) else ())]
        for one in told:
            if isinstance(one, str):
                if "\0" in one:
                    raise ValueError("含空字符 holds a NUL")
                one.encode("utf-8")  # half a sign is no text
        return value
