#pragma once

#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include <QtWidgets>

#include "engine/base/json.h"
#include "engine/experiments/train/train_kind.h"
#include "engine/store/run_store.h"
#include "engine/store/series_writer.h"

/// A store filled as the runner fills it, for tests of views.
namespace samples {

using namespace inlay;

inline constexpr std::int64_t kStartMs = 1'700'000'000'000;
inline constexpr int kEpochSteps = 50;

inline engine::Json config(const std::string& family, double learningRate = 1e-3) {
    engine::Json network = {{"kind", "vit"}, {"width", 48}, {"depth", 2}, {"heads", 2}};
    network["operator"] = {{"kind", family}};
    return engine::train::trainKind().schema().complete(
        {{"dataset", {{"kind", "digits"}, {"count", 2000}}},
         {"network", network},
         {"epochs", 8},
         {"learning_rate", learningRate}});
}

struct Wish {
    std::string name = "ViT STL r 24";
    std::string family = "stl";
    std::string group = "g";
    std::uint64_t seed = 1;
    double learningRate = 1e-3;
    int steps = 400;
    int totalSteps = 400;
    engine::RunStatus status = engine::RunStatus::Finished;
    double stepSeconds = 0.09;
    double quality = 0.97;
    std::string message;
};

inline double lossAt(int step, std::uint64_t seed) {
    const double noise = std::sin(12.9898 * step + static_cast<double>(seed)) * 43758.5453;
    const double unit = noise - std::floor(noise);
    return 2.3 * std::exp(-step / 60.0) + 0.05 + 0.02 * unit * (1 + 4 * std::exp(-step / 80.0));
}

/// Points of steps [from, to) with one validation an epoch.
inline void addPoints(engine::RunStore& store, engine::RunId run, int attempt, int from, int to,
                      const Wish& wish) {
    engine::SeriesWriter writer(store, run, attempt);
    const int loss = writer.series("train/loss", "nats");
    const int rate = writer.series("time/samples_per_second", "samples/s");
    const int seconds = writer.series("time/step_seconds", "s");
    static const char* const kLayers[] = {"blocks.0.attention.q",
                                          "blocks.0.attention.k",
                                          "blocks.0.attention.v",
                                          "blocks.0.attention.o",
                                          "blocks.0.mlp.in",
                                          "blocks.0.mlp.out",
                                          "blocks.1.attention.q",
                                          "blocks.1.attention.k",
                                          "blocks.1.attention.v",
                                          "blocks.1.attention.o",
                                          "blocks.1.mlp.in",
                                          "blocks.1.mlp.out",
                                          "embed",
                                          "head"};
    for (int step = from; step < to; ++step) {
        const auto ms = kStartMs + static_cast<std::int64_t>(step * wish.stepSeconds * 1000);
        writer.add(loss, step, lossAt(step, wish.seed), ms);
        const double wobble = 1 + 0.02 * std::sin(step * 1.7);
        writer.add(seconds, step, wish.stepSeconds * wobble, ms);
        writer.add(rate, step, 128 / (wish.stepSeconds * wobble), ms);
        int i = 0;
        for (const char* layer : kLayers) {
            const std::string name = layer;
            writer.add("gradient_norm/" + name, step,
                       0.5 * std::exp(-step / 120.0) * (1 + 0.3 * std::sin(step + i)) +
                           0.01 * (i + 1),
                       ms);
            if (wish.family == "stl" && name.starts_with("blocks")) {
                writer.add("operator/" + name + "/max_coefficient", step,
                           name == "blocks.1.mlp.in" ? 11.6 : 2.5 + 0.1 * i, ms);
                writer.add("operator/" + name + "/row_leakage", step, 0.25 + 0.005 * i, ms);
            }
            ++i;
        }
        if ((step + 1) % kEpochSteps == 0) {
            writer.add("validation/loss", step, 2.0 * std::exp(-step / 70.0) + 0.08, ms);
            writer.add("validation/accuracy", step, wish.quality - 0.3 * std::exp(-step / 80.0),
                       ms);
        }
    }
    writer.commit();
}

inline void addMistakes(engine::RunStore& store, engine::RunId run, std::int64_t step) {
    constexpr int kCount = 12;
    constexpr int kSize = 28;
    engine::FrameRecord frame;
    frame.name = "mistakes/images";
    frame.step = step;
    frame.type = engine::FrameType::U8;
    frame.shape = {kCount, kSize, kSize};
    for (int i = 0; i < kCount; ++i) {
        for (int y = 0; y < kSize; ++y)
            for (int x = 0; x < kSize; ++x) {
                const double r = std::hypot(x - 13.5 - i * 0.2, y - 13.5);
                frame.data.push_back(
                    static_cast<std::byte>(r > 6 && r < 9 && x + i > 10 ? 235 : 8));
            }
        store.insertResultRow(run, "mistakes",
                              {1, step * 100 + i,
                               engine::dumpJson({{"step", step},
                                                 {"sample", i},
                                                 {"label", i % 10},
                                                 {"predicted", (i + 5) % 10},
                                                 {"confidence", 0.71 - 0.01 * i}})});
    }
    store.insertFrame(run, frame);
}

inline engine::RunId addRun(engine::RunStore& store, const Wish& wish) {
    engine::NewRun fresh;
    fresh.name = wish.name;
    fresh.kind = "train";
    fresh.status = engine::RunStatus::Running;
    fresh.seed = wish.seed;
    fresh.device = "cpu";
    fresh.threads = 2;
    fresh.groupKey = wish.group;
    fresh.totalSteps = wish.totalSteps;
    fresh.config = config(wish.family, wish.learningRate);
    fresh.environment = {{"cpu", "sample"}, {"blas", wish.family == "dense" ? "Haswell" : "Zen"}};
    const engine::RunId run = store.insertRun(fresh);
    const int attempt = store.beginAttempt(run, 0, "start").n;
    addPoints(store, run, attempt, 0, wish.steps, wish);
    store.heartbeat(run, {wish.steps, wish.totalSteps, 331'000});
    store.addEvent(run, engine::EventLevel::Info, "Started on 2 threads.");
    if (wish.status == engine::RunStatus::Running)
        return run;
    engine::Metrics metrics;
    if (wish.status == engine::RunStatus::Finished)
        metrics = {{"test/accuracy", wish.quality},
                   {"validation/accuracy", wish.quality},
                   {"multiply_adds", wish.family == "dense" ? 51.3e6 : 28.1e6},
                   {"time/step_seconds", wish.stepSeconds}};
    store.endRun(run, wish.status, wish.message, metrics);
    return run;
}

/// Widgets inside `root` whose words are cut, as "class: text".
inline QStringList clippedTexts(const QWidget& root) {
    QStringList clipped;
    for (const QWidget* widget : root.findChildren<QWidget*>()) {
        if (!widget->isVisible())
            continue;
        QString text;
        int needed = 0;
        if (const auto* button = qobject_cast<const QAbstractButton*>(widget)) {
            text = button->text();
            needed = button->minimumSizeHint().width();
        } else if (const auto* label = qobject_cast<const QLabel*>(widget)) {
            text = label->text();
            needed = label->wordWrap() ? 0 : label->fontMetrics().horizontalAdvance(text);
            if (label->wordWrap() && label->heightForWidth(label->width()) > label->height())
                needed = label->width() + 1;
        }
        if (!text.isEmpty() && needed > widget->width())
            clipped << QStringLiteral("%1: %2 (%3 of %4)")
                           .arg(QString::fromLatin1(widget->metaObject()->className()), text)
                           .arg(widget->width())
                           .arg(needed);
    }
    return clipped;
}

/// Controls inside `root` that a screen reader cannot name.
inline QStringList namelessControls(const QWidget& root) {
    QStringList nameless;
    for (QWidget* widget : root.findChildren<QWidget*>()) {
        const bool isControl =
            qobject_cast<QAbstractButton*>(widget) || qobject_cast<QComboBox*>(widget) ||
            qobject_cast<QAbstractSlider*>(widget) || qobject_cast<QLineEdit*>(widget) ||
            qobject_cast<QAbstractItemView*>(widget) || qobject_cast<QProgressBar*>(widget);
        if (!isControl || !widget->isVisible() || qobject_cast<QScrollBar*>(widget) ||
            qobject_cast<QHeaderView*>(widget) || widget->objectName().startsWith("qt_") ||
            qobject_cast<QHeaderView*>(widget->parentWidget()) ||
            qobject_cast<QTableView*>(widget->parentWidget()) ||
            qobject_cast<QTabBar*>(widget->parentWidget()))
            continue;
        QAccessibleInterface* interface = QAccessible::queryAccessibleInterface(widget);
        if (interface == nullptr || interface->text(QAccessible::Name).isEmpty())
            nameless << QString::fromLatin1(widget->metaObject()->className()) + QLatin1Char(' ') +
                            widget->objectName();
    }
    return nameless;
}

/// Writes a picture where INLAY_VIEW_PICTURES names a folder.
inline void keepPicture(QWidget& widget, const QString& name) {
    const QString folder = qEnvironmentVariable("INLAY_VIEW_PICTURES");
    if (!folder.isEmpty())
        widget.grab().save(folder + QLatin1Char('/') + name + QStringLiteral(".png"));
}

} // namespace samples
