"""How to generate: the fields of `generation_config.json` under transformers' names and with its defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from wardian.errors import InputError, ModelError, UnknownNameError, shorten
from wardian.generation.values import (
    Reader,
    flag,
    ids,
    integer,
    number,
    optional,
    strings,
    token,
    words,
)

__all__ = ["DEFAULT_NEW_TOKENS", "GenerationConfig"]

DEFAULT_NEW_TOKENS = 20
"""How many tokens are generated when neither `max_length` nor `max_new_tokens` is set, as in transformers."""

_SHARE = number("a number > 0 and ≤ 1", lambda value: 0 < value <= 1)
_CUTOFF = number("a number ≥ 0 and < 1; 0 for none", lambda value: 0 <= value < 1)
_PENALTY = number("a number from -2 to 2; 0 for none", lambda value: -2 <= value <= 2)
_ANY = number("a number", lambda value: True)
_GREEDY_HINT = "For the most likely token each time, leave temperature out and set do_sample to false."


def _early_stopping(name: str, value: Any) -> bool | str:
    if isinstance(value, bool) or value == "never":
        return bool(value) if isinstance(value, bool) else "never"
    raise InputError(f"{name} is wrong.", value=shorten(value), expected="true, false or 'never'")


def _choices(name: str, value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    found = strings(name, value)
    if not found:
        raise InputError(f"{name} is empty.", value="[]", expected="at least one text that the answer may be")
    return found


def _regex(name: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise InputError(f"{name} is wrong.", value=shorten(value), expected="a regular expression")
    return value


def _schema(name: str, value: Any) -> str | None:
    if value is None:
        return None
    # Who generates without a schema needs no reader of schemas.
    from wardian.generation.constraints.json_schema import read_json_schema

    return read_json_schema(value)


_READ: dict[str, Reader] = {
    "max_length": optional(integer(1)),
    "max_new_tokens": optional(integer(1)),
    "min_length": integer(0),
    "min_new_tokens": integer(0),
    "do_sample": flag,
    "temperature": number("a number > 0", lambda value: value > 0, _GREEDY_HINT),
    "top_k": integer(0),
    "top_p": _SHARE,
    "min_p": number("a number from 0 to 1; 0 for none", lambda value: 0 <= value <= 1),
    "typical_p": _SHARE,
    "epsilon_cutoff": _CUTOFF,
    "eta_cutoff": _CUTOFF,
    "seed": optional(integer(0)),
    "repetition_penalty": number("a number > 0; 1 for none", lambda value: value > 0),
    "presence_penalty": _PENALTY,
    "frequency_penalty": _PENALTY,
    "no_repeat_ngram_size": integer(0),
    "bad_words_ids": words,
    "suppress_tokens": ids,
    "begin_suppress_tokens": ids,
    "forced_bos_token_id": optional(token),
    "forced_eos_token_id": ids,
    "renormalize_logits": flag,
    "eos_token_id": ids,
    "pad_token_id": optional(token),
    "bos_token_id": optional(token),
    "decoder_start_token_id": optional(token),
    "stop_strings": strings,
    "num_beams": integer(1),
    "length_penalty": _ANY,
    "early_stopping": _early_stopping,
    "num_return_sequences": integer(1),
    "output_logprobs": flag,
    "output_raw_logprobs": flag,
    "choices": _choices,
    "regex": _regex,
    "json_schema": _schema,
}

#: Fields that would change the answer and are not built: name → the values that change nothing.
_UNBUILT: dict[str, tuple[Any, ...]] = {
    "guidance_scale": (1,),
    "sequence_bias": (),
    "encoder_repetition_penalty": (1,),
    "encoder_no_repeat_ngram_size": (0,),
    "top_h": (),
    "remove_invalid_values": (False,),
    "exponential_decay_length_penalty": (),
    "watermarking_config": (),
    "token_healing": (False,),
    "penalty_alpha": (0,),
    "dola_layers": (),
    "diversity_penalty": (0,),
    "num_beam_groups": (1,),
    "constraints": (),
    "force_words_ids": (),
    "max_time": (),
}
#: Of no effect without these: field → the value that has none.
_SAMPLING = {
    "temperature": 1.0, "top_p": 1.0, "min_p": 0.0, "typical_p": 1.0, "epsilon_cutoff": 0.0,
    "eta_cutoff": 0.0,
}  # fmt: skip
_BEAMS = {"length_penalty": 1.0, "early_stopping": False}


@dataclass(frozen=True, kw_only=True, slots=True)
class GenerationConfig:
    """Checked settings of one generation; all have transformers' names and defaults.

    Lengths count tokens. `presence_penalty` and `frequency_penalty` are OpenAI's, `seed`, `output_logprobs`
    (of the distribution that is drawn from) and `output_raw_logprobs` (of the model's) are this package's.
    `extra` has what a file says beyond: settings of speed and memory, and a model's own.

    One of these three says what a whole answer may be, in pipelines, which know the tokenizer: `choices`, a
    list of texts; `regex`, an expression as `wardian.generation.constraints.parse_regex` takes it;
    `json_schema`, a schema as `parse_json_schema` takes it, from a mapping or its JSON, kept as JSON. Such an
    answer is always whole: where `max_new_tokens` comes near, it takes the shortest way to its end, and too
    few for any answer are refused.

    >>> GenerationConfig(eos_token_id=2, do_sample=True, temperature=0.7).eos_token_id
    (2,)
    >>> GenerationConfig(top_p=1.5)
    Traceback (most recent call last):
    wardian.errors.InputError: top_p is wrong. Got 1.5; expected a number > 0 and ≤ 1.

    Raises InputError for values that are no such thing, and for those that contradict each other.
    """

    max_length: int | None = None
    max_new_tokens: int | None = None
    min_length: int = 0
    min_new_tokens: int = 0
    do_sample: bool = False
    temperature: float = 1.0
    top_k: int = 50
    top_p: float = 1.0
    min_p: float = 0.0
    typical_p: float = 1.0
    epsilon_cutoff: float = 0.0
    eta_cutoff: float = 0.0
    seed: int | None = None
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    no_repeat_ngram_size: int = 0
    bad_words_ids: tuple[tuple[int, ...], ...] = ()
    suppress_tokens: tuple[int, ...] = ()
    begin_suppress_tokens: tuple[int, ...] = ()
    forced_bos_token_id: int | None = None
    forced_eos_token_id: tuple[int, ...] = ()
    renormalize_logits: bool = False
    eos_token_id: tuple[int, ...] = ()
    pad_token_id: int | None = None
    bos_token_id: int | None = None
    decoder_start_token_id: int | None = None
    stop_strings: tuple[str, ...] = ()
    num_beams: int = 1
    length_penalty: float = 1.0
    early_stopping: bool | Literal["never"] = False
    num_return_sequences: int = 1
    output_logprobs: bool = False
    output_raw_logprobs: bool = False
    choices: tuple[str, ...] | None = None
    regex: str | None = None
    json_schema: Any = None
    extra: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        for name, read in _READ.items():
            object.__setattr__(self, name, read(name, getattr(self, name)))
        self._require_consistent()

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], **overrides: Any) -> GenerationConfig:
        """The settings of a `generation_config.json`, others in place of some; None stands for the default.

        >>> config = GenerationConfig.from_dict({"eos_token_id": [2, 7], "use_cache": True}, num_beams=4)
        >>> config.eos_token_id, config.num_beams, config.extra
        ((2, 7), 4, {'use_cache': True})

        Raises ModelError where a value of the file cannot be used, InputError (UnknownNameError) for an
        override that is wrong, has no effect beside the others, or contradicts them.
        """
        if not isinstance(values, Mapping):
            raise ModelError("generation_config.json holds no object.", received=shorten(values))
        unknown = overrides.keys() - _READ.keys() - _UNBUILT.keys()
        if unknown:
            raise UnknownNameError("setting of a generation", min(unknown), _READ)
        given = {name: value for name, value in overrides.items() if value is not None}
        # Both are limits of the same: what is asked for now replaces what the file says.
        if "max_new_tokens" in given or "max_length" in given:
            values = {
                key: value for key, value in values.items() if key not in ("max_length", "max_new_tokens")
            }
        read = _of_file({name: value for name, value in values.items() if name not in overrides})
        _refuse_unbuilt(given)
        extra = {name: value for name, value in values.items() if name not in _READ and value is not None}
        config = cls(**read, **{name: value for name, value in given.items() if name in _READ}, extra=extra)
        config.require_effective(given)
        return config

    @property
    def constrained(self) -> bool:
        """Whether it says what an answer may be."""
        return (self.choices, self.regex, self.json_schema) != (None, None, None)

    def updated(self, **overrides: Any) -> GenerationConfig:
        """The same with other settings; None restores a default. Raises as `from_dict`."""
        values = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "extra"}
        return replace(self.from_dict(values, **overrides), extra=self.extra)

    def require_effective(self, names: Mapping[str, Any]) -> None:
        """Raises InputError where one of these settings does nothing beside the others."""
        for name in names:
            if not self.do_sample and name in _SAMPLING and getattr(self, name) != _SAMPLING[name]:
                raise InputError(f"{name} has no effect without do_sample.", hint="Set do_sample to true.")
            if self.num_beams == 1 and name in _BEAMS and getattr(self, name) != _BEAMS[name]:
                raise InputError(f"{name} has no effect without beams.", hint="Set num_beams to 2 or more.")

    def limit(self, prompt: int, context: int | None = None) -> int:
        """The longest that a sequence may become, its prompt of `prompt` tokens included.

        `context` is what the model can take at most; None for no limit.

        >>> GenerationConfig(max_new_tokens=5).limit(prompt=7), GenerationConfig(max_length=9).limit(prompt=7)
        (12, 9)

        Raises InputError where not even one token fits.
        """
        if self.max_new_tokens is not None:
            limit = prompt + self.max_new_tokens
        else:
            limit = self.max_length if self.max_length is not None else prompt + DEFAULT_NEW_TOKENS
        limit = limit if context is None else min(limit, context)
        if prompt >= limit:
            raise InputError(
                "The prompt is too long.",
                expected=f"at most {limit - 1} tokens, so that one can be added",
                received=f"{prompt} tokens",
                hint="Shorten the prompt."
                if limit == context
                else "Set max_new_tokens in place of max_length.",
            )
        return limit

    def _require_consistent(self) -> None:
        """Raises InputError for settings that contradict each other, with the reason."""
        if self.do_sample and self.num_beams > 1:
            raise InputError(
                "Beams are not drawn at random: do_sample and num_beams exclude each other.",
                received=f"do_sample true and num_beams {self.num_beams}",
                hint="Set num_beams to 1 to sample, or do_sample to false to search with beams.",
            )
        if (
            self.num_return_sequences > 1
            and not self.do_sample
            and self.num_return_sequences > self.num_beams
        ):
            raise InputError(
                "More sequences are asked for than there are.",
                expected=f"num_return_sequences ≤ {self.num_beams}, as num_beams",
                received=str(self.num_return_sequences),
                hint="Set num_beams higher, or do_sample to true.",
            )
        if self.max_length is not None and self.max_new_tokens is None and self.min_length > self.max_length:
            raise InputError(
                "min_length is more than max_length.",
                received=f"{self.min_length} and {self.max_length}",
            )
        if self.max_new_tokens is not None and self.min_new_tokens > self.max_new_tokens:
            raise InputError(
                "min_new_tokens is more than max_new_tokens.",
                received=f"{self.min_new_tokens} and {self.max_new_tokens}",
            )
        names = ("choices", "regex", "json_schema", "stop_strings")
        ends = [name for name in names if getattr(self, name) not in (None, ())]
        if self.constrained and len(ends) > 1:
            raise InputError(
                "An answer has one constraint, and ends where that says.",
                received=" and ".join(ends),
                hint="Keep one of them.",
            )
        forced = {"forced_eos_token_id": self.forced_eos_token_id}
        if self.forced_bos_token_id is not None:
            forced["forced_bos_token_id"] = (self.forced_bos_token_id,)
        for name, wanted in forced.items():
            if wanted and set(wanted) <= set(self.suppress_tokens):
                raise InputError(
                    f"{name} and suppress_tokens exclude each other.",
                    received=f"{list(wanted)} in both",
                )


def _refuse_unbuilt(values: Mapping[str, Any]) -> None:
    """Raises InputError where a field that is not built would change the answer."""
    for name, neutral in _UNBUILT.items():
        value = values.get(name)
        if value is not None and value not in neutral:
            raise InputError(f"{name} is not supported.", value=shorten(value), hint=f"Leave {name} out.")


def _of_file(values: Mapping[str, Any]) -> dict[str, Any]:
    """Those settings of a file that are known, checked. Raises ModelError for one that cannot be used."""
    read: dict[str, Any] = {}
    try:
        _refuse_unbuilt(values)
        for name, value in values.items():
            if name in _READ and value is not None:
                try:
                    read[name] = _READ[name](name, value)
                except InputError:
                    # Files say temperature 0 where nothing is drawn anyway.
                    if name not in _SAMPLING or values.get("do_sample"):
                        raise
    except InputError as error:
        raise ModelError(
            f"generation_config.json cannot be used: {error.message}",
            value=error.value,
            expected=error.expected,
            hint=error.hint,
        ) from error
    return read
