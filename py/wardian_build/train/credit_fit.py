"""Fit a logistic regression over the columns of loans with scikit-learn; runs where that is."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from wardian_build.convert.elsewhere.answers import answer


def run(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Fit on `columns` and `labels`; write model.pkl; answer with the AUC of a repeated cross-validation."""
    import sklearn
    from pandas import DataFrame
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    frame = DataFrame(request["columns"])
    prepare = ColumnTransformer(
        [
            ("texts", OneHotEncoder(handle_unknown="error"), request["texts"]),
            ("numbers", StandardScaler(), request["numbers"]),
        ]
    )
    model = Pipeline(
        [("columns", prepare), ("classifier", LogisticRegression(C=request["c"], max_iter=1000))]
    )
    folds = RepeatedStratifiedKFold(n_splits=10, n_repeats=3, random_state=0)
    found = cross_val_score(model, frame, request["labels"], cv=folds, scoring="roc_auc")
    model.fit(frame, request["labels"])
    (folder / "model.pkl").write_bytes(pickle.dumps(model))
    return {"version": sklearn.__version__, "auc": [float(found.mean()), float(found.std())]}


if __name__ == "__main__":
    answer(run)
