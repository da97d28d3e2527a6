# SPDX-License-Identifier: Apache-2.0
"""Python's side of the tests of shared studies. The space is small_header() of study_fixture.h.

optuna_worker.py URL STUDY run SAMPLER N   optimises N trials (SAMPLER: tpe, random or nsgaii)
optuna_worker.py URL STUDY enqueue JSON    enqueues a trial with these fixed parameters
optuna_worker.py URL STUDY create          makes a study with trials, one of them of another space
optuna_worker.py URL STUDY dump            prints all that it reads, as JSON
"""
import json
import sys
import time

import optuna

optuna.logging.set_verbosity(optuna.logging.WARNING)
STYLES = ["dsp", None, True, 1.5, "NA"]


def objective(trial):
    a = trial.suggest_int("fc1/data_in_width", 0, 3)
    b = trial.suggest_int("fc1/weight_width", 0, 2)
    trial.suggest_categorical("style", STYLES)
    lr = trial.suggest_float("lr", 0.0, 2.0)
    time.sleep(0.01)
    trial.set_user_attr("constraint", b - 1)
    return a / 3, 100 * b + lr


def constraints(trial):
    return [trial.user_attrs["constraint"]]


def sampler(name):
    if name == "random":
        return optuna.samplers.RandomSampler(seed=1)
    if name == "nsgaii":
        return optuna.samplers.NSGAIISampler(seed=2, population_size=8, constraints_func=constraints)
    return optuna.samplers.TPESampler(seed=3, n_startup_trials=3, multivariate=True,
                                      constraints_func=constraints)


def main(url, name, action, *rest):
    storage = optuna.storages.RDBStorage(url, heartbeat_interval=60)
    if action == "create":
        study = optuna.create_study(storage=storage, study_name=name,
                                    directions=["maximize", "minimize"])
        study.optimize(objective, n_trials=3)
        study.optimize(lambda trial: (trial.suggest_float("other", 0, 1), 1.0), n_trials=1)
        return
    study = optuna.load_study(study_name=name, storage=storage, sampler=sampler(rest[0] if rest else "tpe"))
    if action == "run":
        study.optimize(objective, n_trials=int(rest[1]))
    elif action == "enqueue":
        study.enqueue_trial(json.loads(rest[0]))
    elif action == "dump":
        trials = [{"number": t.number, "state": t.state.name, "params": t.params, "values": t.values,
                   "user_attrs": t.user_attrs, "constraints": t.system_attrs.get("constraints")}
                  for t in study.get_trials()]
        best = sorted(t.number for t in study.best_trials)
        print(json.dumps({"version": optuna.__version__, "trials": trials, "best": best,
                          "metrics": study.metric_names,
                          "directions": [d.name for d in study.directions]}))


main(*sys.argv[1:])
