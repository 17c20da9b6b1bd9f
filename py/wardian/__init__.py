"""Machine learning in a sealed page, and the same code under CPython.

```python
from wardian import pipeline

pipe = await pipeline("feature-extraction", "all-MiniLM-L6-v2")
embeddings = await pipe(["A sentence."], pooling="mean", normalize=True)   # float32 (texts, 384)
```
"""

from wardian.errors import WardianError
from wardian.pipelines import pipeline

__all__ = ["WardianError", "__version__", "pipeline"]

__version__ = "0.1.0"
