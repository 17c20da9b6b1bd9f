"""Hugging Face weights to ONNX, a file for each `model_type`, over the blocks that they share."""
