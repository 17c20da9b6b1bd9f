"""From other frameworks' weights to ONNX, without those frameworks."""
