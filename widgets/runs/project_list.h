#pragma once

#include <vector>

#include <QAbstractListModel>

#include "engine/store/run_record.h"

namespace inlay::widgets {

/// The projects of a store with their numbers of runs; "All projects" first when there are several.
class ProjectListModel : public QAbstractListModel {
    Q_OBJECT

public:
    enum Role { ProjectRole = Qt::UserRole, CountRole };

    using QAbstractListModel::QAbstractListModel;

    void setProjects(std::vector<engine::ProjectRecord> projects);
    const std::vector<engine::ProjectRecord>& projects() const { return projects_; }
    /// Null for "All projects" and unknown ids.
    const engine::ProjectRecord* project(engine::ProjectId id) const;
    /// Row of a project; 0 stands for all of them. -1 when it is not there.
    int rowOf(engine::ProjectId id) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

private:
    bool hasAll() const { return projects_.size() > 1; }

    std::vector<engine::ProjectRecord> projects_;
};

} // namespace inlay::widgets
