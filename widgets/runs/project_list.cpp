#include "widgets/runs/project_list.h"

#include <algorithm>

#include "widgets/runs/run_columns.h"

namespace inlay::widgets {

void ProjectListModel::setProjects(std::vector<engine::ProjectRecord> projects) {
    const bool sameRows =
        std::equal(projects.begin(), projects.end(), projects_.begin(), projects_.end(),
                   [](const auto& a, const auto& b) { return a.id == b.id; });
    if (sameRows) {
        projects_ = std::move(projects);
        if (rowCount() > 0)
            emit dataChanged(index(0), index(rowCount() - 1));
        return;
    }
    beginResetModel();
    projects_ = std::move(projects);
    endResetModel();
}

const engine::ProjectRecord* ProjectListModel::project(engine::ProjectId id) const {
    const auto found = std::find_if(projects_.begin(), projects_.end(),
                                    [id](const auto& project) { return project.id == id; });
    return found == projects_.end() ? nullptr : &*found;
}

int ProjectListModel::rowOf(engine::ProjectId id) const {
    if (id == 0)
        return hasAll() ? 0 : -1;
    for (std::size_t i = 0; i < projects_.size(); ++i)
        if (projects_[i].id == id)
            return static_cast<int>(i) + (hasAll() ? 1 : 0);
    return -1;
}

int ProjectListModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(projects_.size()) + (hasAll() ? 1 : 0);
}

QVariant ProjectListModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid())
        return {};
    const bool isAll = hasAll() && index.row() == 0;
    qlonglong runs = 0;
    if (isAll)
        for (const auto& project : projects_)
            runs += project.runs;
    const auto at = static_cast<std::size_t>(index.row() - (hasAll() ? 1 : 0));
    const engine::ProjectRecord* project = isAll ? nullptr : &projects_[at];
    if (project != nullptr)
        runs = project->runs;
    switch (role) {
    case Qt::DisplayRole:
        return isAll ? tr("All projects") : QString::fromStdString(project->title);
    case Qt::ToolTipRole:
        return isAll || project->path.empty() ? QString() : QString::fromStdString(project->path);
    case Qt::AccessibleTextRole:
        return tr("%1, %2").arg(data(index, Qt::DisplayRole).toString(), runCountText(runs));
    case ProjectRole:
        return QVariant::fromValue<qlonglong>(isAll ? 0 : project->id);
    case CountRole:
        return runs;
    default:
        return {};
    }
}

} // namespace inlay::widgets
