"""More fitted pipelines over the table of `make_sklearn.py`: kernels, neighbours, ensembles of others."""

from __future__ import annotations

from typing import Any

import numpy as np


def filled() -> Any:
    """Both kinds of columns, without missing values."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    texts = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    rows = [("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "income", "rooms"])]
    return ColumnTransformer([*rows, ("texts", texts, ["city", "owns"])], sparse_threshold=0)


def shaped() -> Any:
    """A transformer of its own for each column."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import (
        Binarizer,
        FunctionTransformer,
        KBinsDiscretizer,
        OneHotEncoder,
        PowerTransformer,
        TargetEncoder,
    )

    curved = make_pipeline(SimpleImputer(add_indicator=True), FunctionTransformer(np.log1p))
    rare = OneHotEncoder(min_frequency=45, handle_unknown="infrequent_if_exist")
    return ColumnTransformer(
        [
            ("bins", KBinsDiscretizer(4, quantile_method="averaged_inverted_cdf"), ["age", "rooms"]),
            ("places", KBinsDiscretizer(3, encode="ordinal", strategy="uniform"), ["age"]),
            ("power", PowerTransformer(), ["age", "rooms"]),
            ("curved", curved, ["income"]),
            ("above", Binarizer(threshold=3), ["rooms"]),
            ("rare", rare, ["city", "owns"]),
            ("means", TargetEncoder(random_state=0), ["city", "owns"]),
        ],
        sparse_threshold=0,
    )


def classifiers() -> dict[str, Any]:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
    from sklearn.ensemble import (
        AdaBoostClassifier,
        BaggingClassifier,
        HistGradientBoostingClassifier,
        RandomForestClassifier,
        StackingClassifier,
    )
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler
    from sklearn.svm import SVC, LinearSVC, NuSVC

    forest, tree_free = RandomForestClassifier(3, max_depth=3, random_state=1), LogisticRegression(C=0.5)
    pair = [("forest", forest), ("line", make_pipeline(MinMaxScaler(), LinearSVC()))]
    found = GridSearchCV(SVC(), {"C": [0.5, 2]}, cv=3)
    by_category = HistGradientBoostingClassifier(
        max_iter=4, min_samples_leaf=5, categorical_features=["city", "rooms", "owns"]
    )
    bags = BaggingClassifier(tree_free, 3, max_features=4, random_state=1)
    return {
        "kernel": (filled(), found),
        "kernel_nu": (filled(), NuSVC(kernel="poly", degree=2, coef0=1, nu=0.3)),
        "kernel_two": (filled(), SVC(kernel="sigmoid", gamma=0.05)),
        "near": (filled(), KNeighborsClassifier(7)),
        "near_weighed": (filled(), KNeighborsClassifier(5, weights="distance", p=1)),
        "voted": (filled(), AdaBoostClassifier(n_estimators=5, random_state=1)),
        "voted_two": (filled(), AdaBoostClassifier(LogisticRegression(), n_estimators=3, random_state=1)),
        "bagged": (filled(), bags),
        "stacked": (filled(), StackingClassifier(pair, LogisticRegression(), cv=3)),
        "stacked_two": (filled(), StackingClassifier(pair, tree_free, cv=3, passthrough=True)),
        "calibrated": (filled(), CalibratedClassifierCV(LinearSVC(), cv=3)),
        "calibrated_two": (filled(), CalibratedClassifierCV(GaussianNB(), method="isotonic", cv=3)),
        "calibrated_forest": (filled(), CalibratedClassifierCV(forest, method="isotonic", ensemble=False)),
        "against_rest": (filled(), OneVsRestClassifier(tree_free)),
        "quadratic": (filled(), QuadraticDiscriminantAnalysis(reg_param=0.1)),
        "shaped": (shaped(), LogisticRegression(max_iter=500)),
        "by_category": (by_category,),
        "by_category_two": (
            HistGradientBoostingClassifier(max_iter=3, categorical_features=["city", "owns"]),
        ),
    }


def others() -> dict[str, Any]:
    """Regressors, and estimators that tell rows unlike others."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.ensemble import AdaBoostRegressor, BaggingRegressor, IsolationForest, StackingRegressor
    from sklearn.linear_model import Ridge
    from sklearn.neighbors import KNeighborsRegressor
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVR, OneClassSVM
    from sklearn.tree import DecisionTreeRegressor

    tree = DecisionTreeRegressor(max_depth=3, random_state=1)
    pair = [("tree", tree), ("line", Ridge())]
    return {
        "kernel_number": (filled(), SVR(C=30)),
        "near_number": (filled(), KNeighborsRegressor(4, weights="distance")),
        "median": (filled(), AdaBoostRegressor(tree, n_estimators=5, random_state=1)),
        "bagged_number": (filled(), BaggingRegressor(tree, 3, random_state=1)),
        "stacked_number": (filled(), StackingRegressor(pair, Ridge(), cv=3)),
        "shaped_number": (shaped(), Ridge()),
        "of_logarithm": (filled(), TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1)),
        "of_scaled": (filled(), TransformedTargetRegressor(Ridge(), transformer=StandardScaler())),
        "isolated": (
            filled(),
            IsolationForest(n_estimators=4, max_samples=40, random_state=1),
        ),
        "outside": (filled(), OneClassSVM(nu=0.2)),
    }


def sums_of_terms() -> dict[str, Any]:
    """Estimators over texts whose members are sums."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.ensemble import VotingClassifier
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.feature_selection import SelectKBest
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    pair = [("line", LogisticRegression()), ("bayes", MultinomialNB())]
    return {
        "calibrated_words": make_pipeline(
            TfidfVectorizer(), CalibratedClassifierCV(LinearSVC(random_state=1), cv=2)
        ),
        "rest_words": make_pipeline(TfidfVectorizer(), OneVsRestClassifier(LogisticRegression())),
        "voted_words": make_pipeline(
            TfidfVectorizer(), SelectKBest(k=9), VotingClassifier(pair, voting="soft")
        ),
    }


def borrowed() -> dict[str, Any]:
    """With steps that skl2onnx writes."""
    from sklearn.cluster import KMeans
    from sklearn.cross_decomposition import PLSRegression
    from sklearn.decomposition import KernelPCA
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, WhiteKernel
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier, LocalOutlierFactor
    from sklearn.pipeline import FeatureUnion
    from sklearn.preprocessing import QuantileTransformer

    far = FeatureUnion([("clusters", KMeans(3, n_init=1, random_state=1)), ("same", "passthrough")])
    return {
        "borrowed_near": (filled(), KNeighborsClassifier(5, metric="cosine")),
        "borrowed_steps": (filled(), QuantileTransformer(n_quantiles=9), far, LogisticRegression()),
        "borrowed_kernel_two": (filled(), KernelPCA(3, kernel="rbf"), LogisticRegression()),
        "borrowed_outside": (filled(), LocalOutlierFactor(9, novelty=True)),
        "borrowed_process": (filled(), GaussianProcessRegressor(RBF() + WhiteKernel(), normalize_y=True)),
        "borrowed_parts": (filled(), PLSRegression(2)),
    }


def more() -> dict[str, Any]:
    """Pipelines by name; those whose name ends with `_two` are for two classes."""
    from sklearn.pipeline import make_pipeline

    return {
        name: make_pipeline(*steps) for name, steps in {**classifiers(), **others(), **borrowed()}.items()
    }


NUMBERS = ("kernel_number", "near_number", "median", "bagged_number", "stacked_number", "shaped_number")
NUMBERS += ("of_logarithm", "of_scaled", "borrowed_process", "borrowed_parts")
