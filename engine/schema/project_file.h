#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/schema/any_schema.h"
#include "engine/schema/issue.h"
#include "engine/schema/sweep_rows.h"

namespace inlay::engine {

/// A kind of experiment as project files see it.
struct ProjectKind {
    std::string id;
    int version = 1;
    /// Not owned; outlives the use.
    const AnySchema* schema = nullptr;
    /// Brings a config of an older version to the current one; may be empty.
    std::function<void(int version, Json& config)> upgrade;
};

/// A project: what a *.inlay.json file holds.
struct ProjectFile {
    /// Absolute folder that relative paths start from.
    std::string folder;
    std::string kind;
    int version = 1;
    std::string title;
    std::string notes;
    std::vector<std::string> tags;
    std::int64_t seed = 1;
    std::string device = "auto";
    int threads = 0;
    /// What differs from the defaults; paths as written in the file.
    Json config = Json::object();
    std::vector<ProjectVariant> variants;
    std::vector<GridAxis> grid;
    std::int64_t seeds = 1;
};

/// A project makes at most so many runs.
inline constexpr std::size_t kMostRuns = 10'000;

struct ParsedProject {
    /// Present when the text is a project of a known kind, even with issues in its values, so that
    /// a form can show them; what could not be read is left at its default.
    std::optional<ProjectFile> project;
    /// Everything wrong with it: keys of the project ("seeds", "variants[1].name") and of the
    /// config without a prefix ("network.operator.rank").
    std::vector<Issue> issues;
};

/// Reads the text of a project file; `source` names it in sentences. Never throws.
ParsedProject parseProject(std::string_view text, const std::string& source,
                           const std::string& folder, const std::vector<ProjectKind>& kinds);
/// Reads a project file; a file that cannot be read is an issue as well.
ParsedProject loadProject(const std::string& path, const std::vector<ProjectKind>& kinds);

/// The file's content: config reduced, empty parts left out.
Json projectJson(const ProjectFile& project, const ProjectKind& kind);
/// Writes the file under a temporary name and renames it. Paths stay as they are when the folder
/// stays; in another folder they become relative to it where they lie below it, else absolute.
/// Throws Error when it cannot be written.
void saveProject(const ProjectFile& project, const ProjectKind& kind, const std::string& path);

/// Changes `project.config` by the assignments of a command line, whose relative paths start from
/// `workingFolder`. Returns what is wrong; the project is changed only when nothing is.
std::vector<Issue> assignToProject(ProjectFile& project, const AnySchema& schema,
                                   const std::vector<Assignment>& assignments,
                                   const std::string& workingFolder);

/// One run that a project asks for.
struct RunSpec {
    /// The title, or what tells this run from the others of the project.
    std::string name;
    /// Name of the variant, empty without variants.
    std::string variant;
    std::int64_t seed = 1;
    /// Full config, paths absolute.
    Json config;
};

struct ExpandedProject {
    std::vector<RunSpec> runs;
    /// With any issue there are no runs. Issues of the config have its keys, those that arise only
    /// in a variant or at a grid point name it in the sentence.
    std::vector<Issue> issues;
};
/// Variants x grid x seeds.
ExpandedProject expandProject(const ProjectFile& project, const AnySchema& schema);

} // namespace inlay::engine
