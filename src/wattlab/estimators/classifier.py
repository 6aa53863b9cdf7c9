"""A classifier for scikit-learn users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import _check_partial_fit_first_call, check_classification_targets
from sklearn.utils.validation import column_or_1d, validate_data

from wattlab.estimators.base import _FLOATS, Perceptron
from wattlab.estimators.samples import Samples
from wattlab.estimators.start import Outputs

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MLPClassifier"]


class MLPClassifier(ClassifierMixin, Perceptron):  # type: ignore[misc] # scikit-learn has no types
    """A multi-layer perceptron that tells classes apart, trained by wattlab's native engine.

    Parameters, attributes and methods are those of ``sklearn.neural_network.MLPClassifier`` where the names are the
    same, with the same defaults. It minimises the cross-entropy of softmax outputs, one for each class (also where
    there are two, for which scikit-learn has a single output).

    Parameters
    ----------
    hidden_layer_sizes : int or array-like of int, default=(100,)
        Nodes of each hidden layer; ``()`` for none.
    activation : {'identity', 'logistic', 'tanh', 'relu', 'leaky_relu'}, default='relu'
        Of the hidden layers.
    solver : {'sgd', 'adam', 'adamw', 'rmsprop', 'adagrad'}, default='adam'
        'sgd' with `momentum` and `nesterovs_momentum`; the formulas are in `wattlab.recipe.optimizer`.
    alpha : float, default=0.0001
        Strength of ½ Σw², which is divided by the number of samples in a batch and added to the mean loss. For all
        batches of an epoch, a short last one too, that is the number in a full batch.
    batch_size : int or 'auto', default='auto'
        Samples for each step; 'auto' is ``min(200, n_samples)``.
    learning_rate : {'constant', 'cosine', 'one-cycle'}, default='constant'
        Course of the learning rate over `max_iter` epochs, for every solver.
    learning_rate_init : float, default=0.001
        Learning rate, the highest where it changes.
    max_iter : int, default=200
        Most epochs.
    shuffle : bool, default=True
        Draw a new order of the samples for every epoch.
    random_state : int, RandomState instance or None, default=None
        Decides initial weights, the order of the samples, and the division for `early_stopping`.
    tol : float, default=1e-4
        Less than this is no improvement of the loss (of the score, with `early_stopping`).
    warm_start : bool, default=False
        Let `fit` begin from the weights of the last fit.
    momentum : float, default=0.9
        Share of the last step that 'sgd' keeps, in [0, 1).
    nesterovs_momentum : bool, default=True
        Nesterov's momentum instead of the classical one; 'sgd' only.
    early_stopping : bool, default=False
        Set samples aside, stop when the score on them improves no longer, and keep the weights that did best.
    validation_fraction : float, default=0.1
        Share of the samples that `early_stopping` sets aside, in (0, 1).
    beta_1 : float, default=0.9
        Memory of the gradient in 'adam' and 'adamw', in [0, 1).
    beta_2 : float, default=0.999
        Memory of the squared gradient in 'adam', 'adamw' and 'rmsprop', in [0, 1).
    epsilon : float, default=1e-8
        Added to the root of the squared gradient in all solvers but 'sgd', before the bias correction.
    weight_decay : float, default=0.01
        Decoupled decay of the weights per unit of learning rate; 'adamw' only.
    n_iter_no_change : int, default=10
        Epochs in a row that may bring no improvement; one more ends the fit.
    precision : {'auto', 'float64', 'float32', 'tf32', 'bfloat16', 'float16'}, default='auto'
        Number format of the arithmetic; 'auto': float32 where `X` is, else float64.
    compiled : bool, default=False
        Compile forward and backward pass (needs the extra "compiled"); pays where a fit takes long.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels in the order of the outputs.
    coefs_, intercepts_ : list of ndarray
        Weights of shape (n_in, n_out) and biases of shape (n_out,), by layer.
    loss_ : float
        Mean loss of the last epoch, regularisation included, each batch before its step.
    loss_curve_ : list of float
        That of each epoch.
    best_loss_ : float
        The least of them.
    validation_scores_ : list of float, or None
        Accuracy on the samples set aside after each epoch; None without `early_stopping`.
    best_validation_score_ : float or None
        The highest of them.
    n_iter_ : int
        Epochs of the last fit, and the calls of `partial_fit` since.
    t_ : int
        Samples gone through in them.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where `X` had such.
    n_layers_ : int
        Layers, input and output counted.
    n_outputs_ : int
        Classes.
    out_activation_ : str
        'softmax'.
    recipe_ : Recipe
        What the native engine was told.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> import wattlab
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = wattlab.MLPClassifier(learning_rate_init=0.02, random_state=0)
    >>> pipeline = make_pipeline(StandardScaler(), classifier).fit(X, y)
    >>> bool(pipeline.score(X, y) > 0.95)
    True
    """

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Self:
        """Go once over some samples, from where the last call has ended.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Finite numbers.
        y : array-like of shape (n_samples,)
            Class labels.
        sample_weight : array-like of shape (n_samples,), optional
            As in `fit`, relative to the samples of this call.
        classes : array-like of shape (n_classes,), optional
            All labels that will ever come; needed in the first call.

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
        _check_partial_fit_first_call(self, classes)
        return self._partial_fit(X, y, sample_weight)

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Finite numbers.

        Returns
        -------
        ndarray of shape (n_samples,)
            Labels from `classes_`.
        """
        index = self._outputs(X).argmax(axis=1)
        labels: NDArray[Any] = self.classes_[index]
        return labels

    def predict_proba(self, X: Any) -> NDArray[np.floating]:
        """Return the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Finite numbers.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`.
        """
        return self._outputs(X)

    def predict_log_proba(self, X: Any) -> NDArray[np.floating]:
        """Return the logarithms of `predict_proba`; of a probability that vanishes, −inf.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Finite numbers.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`.
        """
        with np.errstate(divide="ignore"):
            logarithms: NDArray[np.floating] = np.log(self._outputs(X))
        return logarithms

    def _samples(self, X: Any, y: Any, sample_weight: Any, *, reset: bool, in_parts: bool) -> Samples:
        X, y = validate_data(self, X, y, dtype=_FLOATS, multi_output=True, reset=reset)
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        return Samples.weighted(X, self._encoded(y, reset=reset and not in_parts), sample_weight)

    def _encoded(self, y: NDArray[Any], *, reset: bool) -> NDArray[np.int64]:
        """Return class indices; with `reset` the classes are those of `y`, else all of `y` must be known."""
        if reset:
            self.classes_ = np.unique(y)
        self.n_outputs_ = len(self.classes_)
        unknown = np.setdiff1d(y, self.classes_)
        if unknown.size:
            msg = f"y has classes that were not there before: {unknown.tolist()}; known are {self.classes_.tolist()}"
            raise ValueError(msg)
        return np.searchsorted(self.classes_, y)

    def _kind(self) -> Outputs:
        return Outputs(self.n_outputs_, is_classification=True)
