"""Pipelines: from user's data to a model's answer, one file per kind of task, with Hugging Face's names."""

from wardian.pipelines.base import KINDS, Pipeline, pipeline

__all__ = ["KINDS", "Pipeline", "pipeline"]
