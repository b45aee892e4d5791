#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include <QObject>
#include <QThreadPool>

#include "engine/analysis/training_cost.h"
#include "engine/runner/experiment_kind.h"
#include "engine/schema/project_file.h"

namespace inlay::widgets {

/// What a check of a set-up found.
struct SetupReport {
    std::uint64_t generation = 0;
    std::vector<engine::Issue> issues;
    /// Only of a set-up without issues that trains a network.
    std::optional<engine::TrainingCost> cost;
    /// Why there are no predicted times although the machine was measured.
    QString profileProblem;
};

/// The engine work of a form, off the GUI thread: one job at a time, the newest check wins.
class FormWorker : public QObject {
    Q_OBJECT

public:
    explicit FormWorker(QObject* parent = nullptr);
    ~FormWorker() override;

    /// Checks by schema, variants and grid, kind and device; then counts the cost. Returns the
    /// number that the report will carry; reports of older checks are dropped.
    std::uint64_t check(const engine::ExperimentKind& kind, engine::ProjectFile project);
    void save(const engine::ExperimentKind& kind, engine::ProjectFile project, const QString& path);

signals:
    void checked(const inlay::widgets::SetupReport& report);
    /// `problem` is empty when the file was written.
    void saved(const QString& path, const QString& problem);

private:
    QThreadPool pool_;
    std::atomic<std::uint64_t> generation_ = 0;
};

/// A kind as project files see it.
engine::ProjectKind projectKind(const engine::ExperimentKind& kind);

} // namespace inlay::widgets
