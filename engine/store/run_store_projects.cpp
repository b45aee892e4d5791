#include "engine/base/clock.h"
#include "engine/store/run_store.h"
#include "engine/store/store_detail.h"

namespace inlay::engine {
namespace {

ProjectRecord projectFromRow(const Statement& row) {
    ProjectRecord project;
    project.id = row.integer(0);
    project.uuid = detail::hexFromBytes(row.blob(1));
    project.title = row.text(2);
    project.path = row.text(3);
    project.createdMs = row.integer(4);
    project.notes = row.text(5);
    project.baselineRun = row.optionalInteger(6);
    project.runs = row.integer(7);
    return project;
}

} // namespace

ProjectId RunStore::findOrMakeProject(const std::string& title, const std::string& absolutePath) {
    const auto find = [&]() -> std::optional<ProjectId> {
        Statement row = database_->prepare("SELECT id FROM project WHERE title = ? AND path = ?");
        return row.bindAll(title, absolutePath).step() ? std::optional(row.integer(0))
                                                       : std::nullopt;
    };
    if (const auto found = find())
        return *found;
    Transaction transaction(*database_);
    if (const auto found = find())
        return *found;
    const std::vector<std::byte> uuid = detail::newUuid();
    database_->run("INSERT INTO project(uuid, title, path, created_ms) VALUES(?, ?, ?, ?)",
                   std::span<const std::byte>(uuid), title, absolutePath, wallMilliseconds());
    const ProjectId id = database_->lastInsertId();
    transaction.commit();
    return id;
}

ProjectId RunStore::untitledProject() {
    return findOrMakeProject("Untitled", "");
}

std::vector<ProjectRecord> RunStore::projects() {
    std::vector<ProjectRecord> projects;
    Statement row = database_->prepare(
        "SELECT p.id, p.uuid, p.title, p.path, p.created_ms, p.notes, p.baseline_run, "
        "(SELECT count(*) FROM run WHERE project = p.id AND deleted_ms IS NULL) "
        "FROM project p ORDER BY p.id");
    while (row.step())
        projects.push_back(projectFromRow(row));
    return projects;
}

std::optional<ProjectRecord> RunStore::project(ProjectId id) {
    Statement row = database_->prepare(
        "SELECT p.id, p.uuid, p.title, p.path, p.created_ms, p.notes, p.baseline_run, "
        "(SELECT count(*) FROM run WHERE project = p.id AND deleted_ms IS NULL) "
        "FROM project p WHERE p.id = ?");
    if (!row.bindAll(id).step())
        return std::nullopt;
    return projectFromRow(row);
}

void RunStore::setBaseline(ProjectId project, std::optional<RunId> run) {
    Transaction transaction(*database_);
    database_->run("UPDATE project SET baseline_run = ? WHERE id = ?", run, project);
    transaction.commit();
}

void RunStore::setProjectNotes(ProjectId project, const std::string& notes) {
    Transaction transaction(*database_);
    database_->run("UPDATE project SET notes = ? WHERE id = ?", notes, project);
    transaction.commit();
}

} // namespace inlay::engine
