#include "app/cli/run_files.h"

#include <optional>
#include <set>

#include <fmt/format.h>

#include "app/cli/run_reference.h"
#include "engine/store/run_store.h"

namespace inlay::app {
namespace {

using namespace engine;

constexpr std::string_view kMark = "run:";
constexpr std::string_view kTensors = ".safetensors";

class RunFiles {
public:
    RunFiles(const AnySchema& schema, const std::string& storePath)
        : storePath_(storePath) {
        for (const FieldInfo& field : schema.allFields())
            if (field.type == FieldType::Path)
                pathKeys_.insert(field.key);
    }

    /// `key` has "[]" for elements of lists, `shown` their numbers.
    void visit(Json& value, const std::string& key, const std::string& shown) {
        if (value.is_object()) {
            for (auto& [name, inner] : value.items())
                visit(inner, key.empty() ? name : key + "." + name,
                      shown.empty() ? name : shown + "." + name);
        } else if (value.is_array()) {
            for (std::size_t i = 0; i < value.size(); ++i)
                visit(value[i], key + "[]", fmt::format("{}[{}]", shown, i));
        } else if (value.is_string() && pathKeys_.contains(key)) {
            const auto text = value.get<std::string>();
            if (!text.starts_with(kMark))
                return;
            std::string problem;
            if (const auto path = find(text.substr(kMark.size()), problem))
                value = *path;
            else
                issues_.push_back({shown, problem});
        }
    }

    std::vector<Issue> issues() { return std::move(issues_); }

private:
    std::optional<std::string> find(const std::string& reference, std::string& problem) {
        const std::size_t slash = reference.find('/');
        const std::string wanted =
            slash == std::string::npos ? std::string() : reference.substr(slash + 1);
        if (!store_)
            store_.emplace(RunStore::open(storePath_, OpenMode::ReadOnly));
        const auto run = findRun(*store_, reference.substr(0, slash), problem);
        if (!run)
            return std::nullopt;
        std::vector<std::string> names;
        std::vector<ArtifactRecord> fitting;
        for (const ArtifactRecord& artifact : store_->artifacts(run->id)) {
            names.push_back(artifact.name);
            if (wanted.empty() ? artifact.name.ends_with(kTensors) : artifact.name == wanted)
                fitting.push_back(artifact);
        }
        if (fitting.size() == 1)
            return store_->absolutePath(fitting.front().path);
        const std::string left =
            names.empty()
                ? fmt::format("run {} is {} and has left no files", run->id, nameOf(run->status))
                : fmt::format("run {} has left {}", run->id, fmt::join(names, ", "));
        problem = wanted.empty() ? fmt::format("{}; name one as run:{}/NAME", left, run->id)
                                 : fmt::format("{}, not {}", left, wanted);
        return std::nullopt;
    }

    std::string storePath_;
    std::set<std::string> pathKeys_;
    std::optional<RunStore> store_;
    std::vector<Issue> issues_;
};

} // namespace

std::vector<Issue> nameRunFiles(ProjectFile& project, std::vector<Assignment>& assignments,
                                std::vector<GridAxis>& grid, const AnySchema& schema,
                                const std::string& storePath) {
    RunFiles files(schema, storePath);
    const auto visitAxes = [&](std::vector<GridAxis>& axes) {
        for (GridAxis& axis : axes)
            for (Json& value : axis.values)
                files.visit(value, axis.key, axis.key);
    };
    files.visit(project.config, {}, {});
    for (ProjectVariant& variant : project.variants)
        for (Assignment& one : variant.set)
            files.visit(one.value, one.key, one.key);
    visitAxes(project.grid);
    visitAxes(grid);
    for (Assignment& one : assignments)
        files.visit(one.value, one.key, one.key);
    return files.issues();
}

} // namespace inlay::app
