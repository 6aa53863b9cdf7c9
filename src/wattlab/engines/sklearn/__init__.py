"""The scikit-learn engine: MLPClassifier and MLPRegressor, driven by the recipe."""
