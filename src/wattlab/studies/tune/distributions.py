"""Settings in Optuna's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import Trial

    from wattlab.studies.tune.answer import Setting, Value

__all__ = ["distribution", "suggest"]


def distribution(setting: Setting) -> BaseDistribution:
    """Return the values of a setting as a distribution of Optuna."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if setting.low is None or setting.high is None:
        return CategoricalDistribution(setting.values)
    if setting.whole:
        return IntDistribution(int(setting.low), int(setting.high), log=setting.log)
    return FloatDistribution(setting.low, setting.high, log=setting.log)


def suggest(trial: Trial, setting: Setting) -> Value:
    """Return the value of a setting that Optuna proposes for a trial."""
    if setting.low is None or setting.high is None:
        value: Value = trial.suggest_categorical(setting.name, setting.values)
        return value
    if setting.whole:
        return trial.suggest_int(setting.name, int(setting.low), int(setting.high), log=setting.log)
    return trial.suggest_float(setting.name, setting.low, setting.high, log=setting.log)
