"""scikit-learn's TF-IDF SVM on one set: reads {"train": [[text, intent]], "test": [text]}, prints [[intent, score]] and seconds."""

import json
import sys
import time

import numpy
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

with open(sys.argv[1], encoding="utf-8") as file:
    data = json.load(file)
texts, intents = zip(*data["train"])
words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
model = make_pipeline(make_union(words, characters), LinearSVC())
started = time.monotonic()
model.fit(texts, intents)
learnt = time.monotonic()
scores = model.decision_function(data["test"])
best = scores.argmax(axis=1)
answers = [[str(model.classes_[b]), float(s[b])] for b, s in zip(best, numpy.asarray(scores))]
result = {"version": sklearn.__version__, "answers": answers}
print(json.dumps({**result, "learnt_s": learnt - started, "asked_s": time.monotonic() - learnt}))
