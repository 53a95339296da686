"""The candidates of one of our grid files, as models of Surprise."""
import configparser
import itertools

MODELS = {"baseline": "BaselineOnly", "user-knn": "KNNBaseline", "nmf": "NMF", "svd": "SVD"}
# Ours by name, Surprise's where it has another.
NAMES = {"factors": "n_factors", "epochs": "n_epochs", "lr": "lr_all", "reg": "reg_all"}
BASELINE = {"method": "method", "epochs": "n_epochs", "lr": "learning_rate", "reg": "reg",
            "reg_u": "reg_u", "reg_i": "reg_i"}
SIMILAR = {"similarity": "name", "shrinkage": "shrinkage", "min_support": "min_support"}
PREDICTIONS = {"plain": "KNNBasic", "centred": "KNNWithMeans", "z-score": "KNNWithZScore",
               "baseline": "KNNBaseline"}
# What our settings are where the file says nothing and Surprise would take something else.
KNN_DEFAULTS = {"similarity": "pearson-baseline", "shrinkage": "100"}


def _value(text):
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text.replace("-", "_")


def _nmf(values):
    options = {NAMES.get(key, key): _value(text) for key, text in values.items()}
    if "reg_all" in options:
        options["reg_pu"] = options["reg_qi"] = options.pop("reg_all")
    return "NMF", options


def _knn(values):
    values = {**KNN_DEFAULTS, **values}
    model = PREDICTIONS[values.pop("prediction", "baseline")]
    options = {key: _value(text) for key, text in values.items() if key not in SIMILAR}
    options["sim_options"] = {SIMILAR[key]: _value(text) for key, text in values.items()
                              if key in SIMILAR}
    return model, options


def _model(algorithm, values):
    if algorithm == "baseline":
        return "BaselineOnly", {"bsl_options": {BASELINE[key]: _value(text)
                                                for key, text in values.items()}}
    if algorithm == "user-knn":
        return _knn(values)
    if algorithm == "nmf":
        return _nmf(values)
    return MODELS[algorithm], {NAMES.get(key, key): _value(text) for key, text in values.items()}


def grid_candidates(path):
    """[model, options] of each combination of the values of each section."""
    parser = configparser.ConfigParser()
    parser.read(path, encoding="utf-8")
    candidates = []
    for section in parser.sections():
        if section == "grid":
            continue
        lists = {key: text.replace(",", " ").split() for key, text in parser[section].items()}
        for values in itertools.product(*lists.values()):
            candidates.append(_model(section.split()[0], dict(zip(lists, values))))
    return candidates
