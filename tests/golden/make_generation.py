"""Make generation.json: what Hugging Face transformers makes of scores, alone and in whole searches.

Not part of the tests, which read the file only. It makes an environment of its own (about 1.2 GB):

    python tests/golden/make_generation.py
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))


def make(target: Path) -> None:
    import generation_cases as cases
    import make_hf_generation
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    # Models as small as these only wait for other threads.
    torch.set_num_threads(1)
    tables = table_model()
    processors = {name: processed(tables, name) for name in cases.PROCESSORS}
    searches = {name: searched(tables, cases.prompts(), *one) for name, one in cases.SEARCHES.items()}
    models = {}
    for name in cases.ARCHITECTURES:
        table = make_hf_generation.SEQ2SEQ | make_hf_generation.DECODERS
        cls, config, settings = table[name]
        model, _ = make_hf_generation.filled(
            getattr(transformers, cls), getattr(transformers, config)(**settings)
        )
        texts = cases.architecture_prompts(50, model.config.is_encoder_decoder)
        saved = json.loads(model.generation_config.to_json_string())
        found = {key: searched(model, texts, *one) for key, one in cases.ARCHITECTURE_SEARCHES.items()}
        models[name] = {"generation_config": saved, "searches": found}
        print(name, flush=True)
    golden = {
        "provenance": {
            "script": "tests/golden/make_generation.py",
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
        "processors": processors,
        "searches": searches,
        "models": models,
    }
    target.write_text(json.dumps(golden, ensure_ascii=True, separators=(",", ":")) + "\n", "utf-8")
    print(target.name, target.stat().st_size, "bytes")


def table_model() -> Any:
    """`generation_cases.Tables` as transformers generates from."""
    import generation_cases as cases
    import torch
    from transformers import GenerationMixin, PretrainedConfig, PreTrainedModel
    from transformers.modeling_outputs import CausalLMOutput

    tables = cases.Tables()

    class TableConfig(PretrainedConfig):  # type: ignore[misc]
        model_type = "tables"

    class TableModel(PreTrainedModel, GenerationMixin):  # type: ignore[misc]
        config_class = TableConfig

        def __init__(self, config: TableConfig) -> None:
            super().__init__(config)
            self.unused = torch.nn.Parameter(torch.zeros(1))

        def prepare_inputs_for_generation(self, input_ids: Any, **kwargs: Any) -> dict[str, Any]:
            return {"input_ids": input_ids}

        def forward(self, input_ids: Any, attention_mask: Any = None, **kwargs: Any) -> Any:
            return CausalLMOutput(logits=torch.tensor(tables(input_ids.numpy()))[:, None])

    return TableModel(TableConfig(vocab_size=cases.VOCABULARY)).eval()


def processed(model: Any, name: str) -> dict[str, Any]:
    """The classes that transformers builds, which scores they forbid and which they change, to what."""
    import generation_cases as cases
    import numpy as np
    import torch
    from hf_models import packed

    settings, rows, length, prompt, vocabulary = cases.PROCESSORS[name]
    config, _ = model._prepare_generation_config(None, **settings)
    model._prepare_special_tokens(config, device="cpu")
    # `generate` does this; the model's longest length is only looked at by the processors.
    if config.min_new_tokens is not None:
        config.min_length = None
    built = model._get_logits_processor(generation_config=config, input_ids_seq_length=prompt, device="cpu")
    ids = torch.tensor(cases.ids(len(name), rows, length, vocabulary))
    given = cases.logits(len(name) + rows, rows, vocabulary)
    with torch.inference_mode():
        found = built(ids, torch.tensor(given)).numpy()
    changed = (found != given) & (found > -np.inf)
    return {
        "classes": [type(one).__name__ for one in built],
        "forbidden": cases.bits(found == -np.inf),
        "changed": cases.bits(changed),
        **packed({"values": found[changed]}),
    }


def searched(model: Any, texts: list[list[int]], settings: dict[str, Any], count: int) -> list[Any]:
    """For each prompt its sequences, spelled, without the prompt and padding, and beams' scores."""
    import generation_cases as cases
    import torch

    rows = []
    options = {"output_scores": True, "return_dict_in_generate": True, "use_cache": False}
    for text in texts[:count]:
        ids = torch.tensor([text])
        with torch.inference_mode():
            given = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
            found = model.generate(**given, **settings, **options)
        start = 1 if model.config.is_encoder_decoder else len(text)
        ends = settings.get("eos_token_id", model.generation_config.eos_token_id)
        cut = ender([ends] if isinstance(ends, int) else ends or [])
        sequences = " ".join(cases.spelled(cut(row[start:].tolist())) for row in found.sequences)
        scores = found.sequences_scores.tolist() if "num_beams" in settings else []
        rows.append([sequences, *(round(score, 6) for score in scores)])
    return rows


def ender(eos: list[int]) -> Callable[[list[int]], list[int]]:
    """Cuts a sequence behind its first EOS token: padding follows."""

    def cut(row: list[int]) -> list[int]:
        places = [place for place, token in enumerate(row) if token in eos]
        return row[: places[0] + 1] if places else row

    return cut


def main() -> None:
    if "--inside" in sys.argv:
        make(Path(__file__).with_name("generation.json"))
        return
    from make_hf_models import run_inside

    run_inside(Path(__file__))


if __name__ == "__main__":
    main()
