"""What can be set on a tokenizer: truncation, padding, and what `tokenizer_config.json` says."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from wardian.errors import InputError, ModelError
from wardian.tokenizers.padding import Padding
from wardian.tokenizers.tokenizer_config import ROLES, TokenizerConfig, load_tokenizer_config
from wardian.tokenizers.truncation import Truncation

if TYPE_CHECKING:
    from wardian.tokenizers.added_tokens import AddedToken

__all__ = ["Settings"]


class Settings(ABC):
    """The part of a `Tokenizer` that is set by its user."""

    _truncation: Truncation | None = None
    _padding: Padding | None = None
    _settings = TokenizerConfig()

    @abstractmethod
    def num_special_tokens_to_add(self, is_pair: bool) -> int:
        """How many special tokens stand around one text, or a pair."""

    @abstractmethod
    def token_to_id(self, token: str) -> int | None:
        """The id of a token, or None."""

    @abstractmethod
    def get_added_tokens_decoder(self) -> dict[int, AddedToken]:
        """The added tokens by id."""

    @abstractmethod
    def add_tokens(self, tokens: list[str | AddedToken]) -> int:
        """Add tokens; how many were new."""

    def enable_truncation(
        self, max_length: int, stride: int = 0, strategy: str = "longest_first", direction: str = "right"
    ) -> None:
        """Cut encodings to `max_length` tokens. Raises InputError for a wrong value.

        What is cut away is in `Encoding.overflowing`, in windows that share `stride` tokens.
        """
        self._truncation = self._checked(Truncation(max_length, stride, strategy, direction))

    def _checked(self, rule: Truncation) -> Truncation:
        special = self.num_special_tokens_to_add(False)
        if rule.stride > rule.max_length - special:
            raise InputError(
                "The stride is longer than what is left of a text.",
                value=f"max_length={rule.max_length}, stride={rule.stride}",
                expected=f"max_length ≥ stride + {special} special tokens",
            )
        return rule

    def no_truncation(self) -> None:
        """Do not cut."""
        self._truncation = None

    @property
    def truncation(self) -> dict[str, Any] | None:
        """The settings of truncation, or None."""
        rule = self._truncation
        names = ("max_length", "stride", "strategy", "direction")
        return None if rule is None else {name: getattr(rule, name) for name in names}

    def enable_padding(
        self,
        direction: str = "right",
        pad_id: int = 0,
        pad_type_id: int = 0,
        pad_token: str = "[PAD]",
        length: int | None = None,
        pad_to_multiple_of: int | None = None,
    ) -> None:
        """Pad encodings to `length`, or to the longest of a batch for None. Raises InputError."""
        self._padding = Padding(length, direction, pad_id, pad_type_id, pad_token, pad_to_multiple_of)

    def no_padding(self) -> None:
        """Do not pad."""
        self._padding = None

    @property
    def padding(self) -> dict[str, Any] | None:
        """The settings of padding, or None."""
        rule = self._padding
        names = ("length", "pad_to_multiple_of", "pad_id", "pad_token", "pad_type_id", "direction")
        return None if rule is None else {name: getattr(rule, name) for name in names}

    def configure(self, content: str | bytes | Mapping[str, Any]) -> None:
        """Take what a `tokenizer_config.json` says: special tokens by role, chat template, added tokens.

        Raises ModelError when it is none, or gives a token another id.
        """
        settings = load_tokenizer_config(content)
        self._add_once(settings.added_tokens)
        self._settings = settings

    def _add_once(self, tokens: Iterable[AddedToken]) -> None:
        known = {token.content for token in self.get_added_tokens_decoder().values()}
        missing = [token for token in tokens if token.content not in known]
        if missing:
            self.add_tokens([*missing])
        for token in tokens:
            if self.token_to_id(token.content) != token.id:
                raise ModelError(
                    "The tokenizer_config.json does not fit the tokenizer.",
                    value=repr(token.content),
                    expected=f"id {self.token_to_id(token.content)}",
                    received=f"id {token.id}",
                )

    def __getattr__(self, name: str) -> Any:
        """`bos_token`, `eos_token` … and `bos_token_id` …: what `configure` was told, or None."""
        role = name.removesuffix("_id")
        if role not in ROLES:
            raise AttributeError(f"a Tokenizer has no {name!r}", name=name, obj=self)
        token = self._settings.special.get(role)
        return token if token is None or role == name else self.token_to_id(token)

    @property
    def chat_template(self) -> str | Mapping[str, str] | None:
        """The Jinja template of conversations, or several by name; None where none is known."""
        return self._settings.chat_template

    @property
    def model_max_length(self) -> int | None:
        """How many tokens the model takes; None for no limit known."""
        return self._settings.model_max_length
