"""A regressor for scikit-learn users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from sklearn.base import RegressorMixin
from sklearn.utils.validation import column_or_1d, validate_data

from wattlab.estimators.base import _FLOATS, Perceptron
from wattlab.estimators.samples import Samples
from wattlab.estimators.start import Outputs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["MLPRegressor"]


class MLPRegressor(RegressorMixin, Perceptron):  # type: ignore[misc] # scikit-learn has no types
    """A multi-layer perceptron that predicts numbers, trained by wattlab's native engine.

    Parameters, attributes and methods are those of ``sklearn.neural_network.MLPRegressor`` where the names are the
    same, with the same defaults. It minimises ½ Σ(y − a)², averaged over the samples and summed over the outputs
    (where there are several, scikit-learn takes the same steps, but reports the mean over the outputs).

    Parameters
    ----------
    hidden_layer_sizes, activation, solver, alpha, batch_size, learning_rate, learning_rate_init, max_iter, shuffle, \
    random_state, tol, warm_start, momentum, nesterovs_momentum, early_stopping, validation_fraction, beta_1, beta_2, \
    epsilon, weight_decay, n_iter_no_change, precision, compiled
        As of `wattlab.MLPClassifier`; the score of `early_stopping` is R².

    Attributes
    ----------
    coefs_, intercepts_, loss_, loss_curve_, best_loss_, validation_scores_, best_validation_score_, n_iter_, t_, \
    n_features_in_, feature_names_in_, n_layers_, recipe_
        As of `wattlab.MLPClassifier`.
    n_outputs_ : int
        Numbers to predict for a sample.
    out_activation_ : str
        'identity'.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.preprocessing import scale
    >>> import wattlab
    >>> X, y = load_diabetes(return_X_y=True)
    >>> regressor = wattlab.MLPRegressor(20, solver="sgd", max_iter=500, random_state=0).fit(scale(X), scale(y))
    >>> bool(regressor.score(scale(X), scale(y)) > 0.5)
    True
    """

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Go once over some samples, from where the last call has ended.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Finite numbers.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Numbers to predict.
        sample_weight : array-like of shape (n_samples,), optional
            As in `fit`, relative to the samples of this call.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter or the data are not usable.
        wattlab.errors.DivergedError
            If the loss is no longer a finite number.
        """
        return self._partial_fit(X, y, sample_weight)

    def predict(self, X: Any) -> NDArray[np.floating]:
        """Return the prediction for each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Finite numbers.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            The former where there is one number to predict.
        """
        outputs = self._outputs(X)
        return outputs[:, 0] if self.n_outputs_ == 1 else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _samples(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        *,
        reset: bool,
        in_parts: bool,  # noqa: ARG002 (there are no classes to know)
    ) -> Samples:
        X, y = validate_data(self, X, y, dtype=_FLOATS, multi_output=True, y_numeric=True, reset=reset)
        y = column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y
        n_outputs = 1 if y.ndim == 1 else y.shape[1]
        if not reset and n_outputs != self.n_outputs_:
            msg = f"y has {n_outputs} outputs, but {self.n_outputs_} were fitted before; give as many"
            raise ValueError(msg)
        self.n_outputs_ = n_outputs
        return Samples.weighted(X, y, sample_weight)

    def _kind(self) -> Outputs:
        return Outputs(self.n_outputs_, is_classification=False)
