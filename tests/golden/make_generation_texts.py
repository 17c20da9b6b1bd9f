"""Make generation_texts.json: what small models of transformers say in words, as its pipelines said it.

transformers 5 has `text-generation` alone, which is called as it is. Its pipelines of encoder-decoders are
gone; what they did is done here by the same parts: tokenizer, `generate`, `decode` without special tokens.
Languages come as `M2M100Tokenizer` puts them (language, text, EOS; the target as `forced_bos_token_id`) and
`MBartTokenizer` (text, EOS, language), prefixes as `task_specific_params` has them.

Not part of the tests, which read the file only. It makes an environment of its own (about 1.2 GB):

    python tests/golden/make_generation_texts.py
"""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]


def make(target: Path) -> None:
    import torch
    import transformers

    from golden import generation_texts

    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    golden = {
        "provenance": {
            "script": "tests/golden/make_generation_texts.py",
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
        "cases": {name: answered(case) for name, case in generation_texts.CASES.items()},
    }
    target.write_text(json.dumps(golden, ensure_ascii=True, indent=1) + "\n", "utf-8")
    print(target.name, target.stat().st_size, "bytes")


def answered(case: Any) -> list[str]:
    import make_hf_generation
    import torch
    import transformers

    import tokenizers
    from golden import generation_texts

    cls, config, settings = (make_hf_generation.SEQ2SEQ | make_hf_generation.DECODERS)[case.model]
    model, _ = make_hf_generation.filled(
        getattr(transformers, cls), getattr(transformers, config)(**settings)
    )
    backend = tokenizers.Tokenizer.from_str(json.dumps(generation_texts.tokenizer(case.model)))
    names = {name: f"<{index}>" for name, index in generation_texts.specials(case.model).items()}
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=backend, **names)
    if case.kind == "text-generation":
        pipe = transformers.pipeline(case.kind, model=model, tokenizer=tokenizer)
        found = pipe(generation_texts.texts(case), do_sample=False, **case.settings)
        return [one["generated_text"] for [one] in found]
    # With a cache, transformers 5.23 fails for a T5 of fewer layers in its encoder than in its decoder.
    known, options = generation_texts.languages(case.model), {**case.settings, "use_cache": False}
    if known:
        options["forced_bos_token_id"] = known[case.options["tgt_lang"]]
    answers = []
    for text in generation_texts.texts(case):
        ids = tokenizer(generation_texts.prefix(case) + text)["input_ids"]
        if known:
            source = known[case.options["src_lang"]]
            ids = [source, *ids] if case.model == "m2m_100" else [*ids, source]
        given = torch.tensor([ids])
        with torch.inference_mode():
            [row] = model.generate(input_ids=given, attention_mask=torch.ones_like(given), **options)
        answers.append(tokenizer.decode(row, skip_special_tokens=True))
    return answers


def main() -> None:
    if "--inside" in sys.argv:
        make(Path(__file__).with_name("generation_texts.json"))
        return
    from make_hf_models import run_inside

    run_inside(Path(__file__))


if __name__ == "__main__":
    main()
