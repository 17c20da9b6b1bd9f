"""A text to a shorter one: Hugging Face's `summarization`, by a model of the visitor's own."""

from __future__ import annotations

from wardian.pipelines.text2text_generation import Text2TextGenerationPipeline

__all__ = ["SummarizationPipeline"]


class SummarizationPipeline(Text2TextGenerationPipeline):
    """`text2text-generation` with a prefix where the model's configuration has one (T5's `summarize: `)."""

    kind = "summarization"
    answer = "summary_text"

    def _source(self, text: str) -> list[int]:
        tasks = self.config.get("task_specific_params") or {}
        return super()._source(str((tasks.get("summarization") or {}).get("prefix") or "") + text)
