#include "engine/schema/project_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/schema/nearest.h"
#include "engine/schema/schema.h"

namespace inlay::engine {
namespace {

namespace fs = std::filesystem;

constexpr int kFormat = 1;

const std::vector<std::string>& topLevelKeys() {
    static const std::vector<std::string> keys = {
        "inlay",  "kind",    "version", "title",    "notes", "tags", "seed",
        "device", "threads", "config",  "variants", "grid",  "seeds"};
    return keys;
}

/// The plain values of a project file share the sentences of every other parameter.
const Schema<ProjectFile>& plainSchema() {
    static const Schema<ProjectFile> schema = [] {
        Schema<ProjectFile> fields;
        fields.field("title", &ProjectFile::title);
        fields.field("notes", &ProjectFile::notes);
        fields.field("seed", &ProjectFile::seed).minimum(0);
        fields.field("device", &ProjectFile::device).required();
        fields.field("threads", &ProjectFile::threads).range(0, 4096);
        fields.field("seeds", &ProjectFile::seeds).range(1, double(kMostRuns));
        return fields;
    }();
    return schema;
}

/// Reads one project; collects what is wrong on the way.
class Reader {
public:
    Reader(const Json& root, std::string folder, const std::vector<ProjectKind>& kinds)
        : root_(root)
        , kinds_(kinds) {
        project_.folder = std::move(folder);
    }

    ParsedProject read() {
        readFormat();
        readUnknownKeys();
        const ProjectKind* kind = readKind();
        readPlainValues();
        readTags();
        readVariants();
        readGrid();
        if (!kind)
            return {std::nullopt, std::move(issues_)};
        readConfig(*kind);
        ParsedProject parsed{std::move(project_), std::move(issues_)};
        // What is wrong beyond the config itself shows only once the runs are made.
        for (Issue& issue : expandProject(*parsed.project, *kind->schema).issues)
            if (std::find(parsed.issues.begin(), parsed.issues.end(), issue) == parsed.issues.end())
                parsed.issues.push_back(std::move(issue));
        return parsed;
    }

private:
    const Json* find(const char* key) const {
        const auto found = root_.find(key);
        return found == root_.end() ? nullptr : &*found;
    }
    void add(std::string key, std::string message) {
        issues_.push_back({std::move(key), std::move(message)});
    }
    void expected(const std::string& key, const Json& value, const char* what) {
        add(key, fmt::format("{} is {}, {} is expected", key, valueText(value), what));
    }

    void readFormat() {
        const Json* format = find("inlay");
        if (!format)
            add("inlay", "inlay is missing, a project file has \"inlay\": 1");
        else if (*format != kFormat)
            add("inlay", fmt::format("inlay is {}, this program reads project files of format {}",
                                     valueText(*format), kFormat));
    }

    void readUnknownKeys() {
        for (const auto& [key, value] : root_.items())
            if (std::find(topLevelKeys().begin(), topLevelKeys().end(), key) ==
                topLevelKeys().end())
                add(key, fmt::format("{} is not a key of a project file; the nearest is {}", key,
                                     nearestKey(key, topLevelKeys())));
    }

    const ProjectKind* readKind() {
        std::vector<std::string> ids;
        for (const ProjectKind& kind : kinds_)
            ids.push_back(kind.id);
        const Json* id = find("kind");
        if (!id) {
            add("kind", fmt::format("kind is missing, known are {}", fmt::join(ids, ", ")));
            return nullptr;
        }
        for (const ProjectKind& kind : kinds_)
            if (*id == kind.id) {
                project_.kind = kind.id;
                return &kind;
            }
        std::string message =
            fmt::format("kind is {}, known are {}", valueText(*id), fmt::join(ids, ", "));
        if (id->is_string() && ids.size() > 1)
            message += "; the nearest is " + nearestKey(id->get<std::string>(), ids);
        add("kind", std::move(message));
        return nullptr;
    }

    void readPlainValues() {
        Json plain = Json::object();
        for (const FieldInfo& field : plainSchema().fields(plain))
            if (const Json* value = find(field.key.c_str()))
                plain[field.key] = *value;
        for (Issue& issue : plainSchema().validate(plain)) {
            plain.erase(issue.key);
            issues_.push_back(std::move(issue));
        }
        const ProjectFile read = plainSchema().read(plain);
        project_.title = read.title;
        project_.notes = read.notes;
        project_.seed = read.seed;
        project_.device = read.device;
        project_.threads = read.threads;
        project_.seeds = read.seeds;
    }

    void readTags() {
        const Json* tags = find("tags");
        if (!tags)
            return;
        if (!tags->is_array())
            return expected("tags", *tags, "a list of texts");
        for (std::size_t i = 0; i < tags->size(); ++i) {
            if ((*tags)[i].is_string())
                project_.tags.push_back((*tags)[i].get<std::string>());
            else
                expected(fmt::format("tags[{}]", i), (*tags)[i], "a text");
        }
    }

    void readVariants() {
        const Json* variants = find("variants");
        if (!variants)
            return;
        if (!variants->is_array())
            return expected("variants", *variants, "a list of {\"name\", \"set\"}");
        for (std::size_t i = 0; i < variants->size(); ++i)
            readVariant((*variants)[i], fmt::format("variants[{}]", i));
    }

    void readVariant(const Json& json, const std::string& key) {
        if (!json.is_object())
            return expected(key, json, "an object with \"name\" and \"set\"");
        for (const auto& [name, value] : json.items())
            if (name != "name" && name != "set")
                add(key + "." + name,
                    fmt::format("{}.{} is not a key of a variant; allowed are name, set", key,
                                name));
        ProjectVariant variant;
        if (!json.contains("name"))
            add(key + ".name", key + ".name is missing, every variant has a name");
        else if (!json.at("name").is_string() || json.at("name").get<std::string>().empty())
            expected(key + ".name", json.at("name"), "a text that is not empty");
        else
            variant.name = json.at("name").get<std::string>();
        for (const ProjectVariant& other : project_.variants)
            if (!variant.name.empty() && other.name == variant.name)
                add(key + ".name", fmt::format("{}.name is {}, which another variant has already",
                                               key, valueText(variant.name)));
        if (json.contains("set") && !json.at("set").is_object())
            expected(key + ".set", json.at("set"), "an object of dotted keys and values");
        else if (json.contains("set"))
            for (const auto& [name, value] : json.at("set").items())
                variant.set.push_back({name, value});
        project_.variants.push_back(std::move(variant));
    }

    void readGrid() {
        const Json* grid = find("grid");
        if (!grid)
            return;
        if (!grid->is_object())
            return expected("grid", *grid, "an object of dotted keys and lists of values");
        for (const auto& [key, values] : grid->items()) {
            if (!values.is_array() || values.empty())
                expected("grid." + key, values, "a list of values that is not empty");
            else
                project_.grid.push_back({key, std::vector<Json>(values.begin(), values.end())});
        }
    }

    void readConfig(const ProjectKind& kind) {
        project_.version = kind.version;
        int version = kind.version;
        if (const Json* given = find("version")) {
            if (!given->is_number_integer() || *given < 1 || *given > kind.version)
                add("version", fmt::format("version is {}, allowed for kind {} is 1 to {}",
                                           valueText(*given), kind.id, kind.version));
            else
                version = given->get<int>();
        }
        if (const Json* config = find("config")) {
            if (!config->is_object())
                return expected("config", *config, "an object");
            project_.config = *config;
        }
        if (version < kind.version && kind.upgrade)
            kind.upgrade(version, project_.config);
    }

    const Json& root_;
    const std::vector<ProjectKind>& kinds_;
    ProjectFile project_;
    std::vector<Issue> issues_;
};

std::string absoluteFolder(const std::string& path) {
    return fs::absolute(fs::path(path)).lexically_normal().parent_path().string();
}

/// Config with paths that mean from `folder` what they meant from the project's folder.
Json movedConfig(const ProjectFile& project, const AnySchema& schema, const std::string& folder) {
    if (project.folder == folder)
        return project.config;
    return schema.mapPaths(withAbsolutePaths(schema, project.config, project.folder),
                           [&folder](const std::string& path) {
                               const fs::path relative = fs::path(path).lexically_relative(folder);
                               const bool below = !relative.empty() && *relative.begin() != "..";
                               return below ? relative.string() : path;
                           });
}

/// Adds what is wrong at one row beyond what is wrong with the project's own config.
void addRowIssues(std::vector<Issue>& issues, const std::vector<Issue>& own, const SweepRow& row,
                  std::vector<Issue> found) {
    const std::string where =
        row.variant ? fmt::format("variants[{}]", *row.variant) : std::string("grid");
    for (Issue& issue : found)
        if (std::find(own.begin(), own.end(), issue) == own.end())
            issues.push_back(
                {std::move(issue.key), fmt::format("{} ({}): {}", where, row.name, issue.message)});
}

std::string runName(const ProjectFile& project, const SweepRow& row) {
    if (row.variant)
        return row.name;
    const std::string base = project.title.empty() ? project.kind : project.title;
    return row.name.empty() ? base : base + " · " + row.name;
}

} // namespace

ParsedProject parseProject(std::string_view text, const std::string& source,
                           const std::string& folder, const std::vector<ProjectKind>& kinds) {
    Json root;
    try {
        root = parseJson(text, source);
    } catch (const Error& error) {
        return {std::nullopt, {{"", error.what()}}};
    }
    if (!root.is_object())
        return {std::nullopt,
                {{"", fmt::format("{} is {}, an object is expected", source, valueText(root))}}};
    return Reader(root, folder, kinds).read();
}

ParsedProject loadProject(const std::string& path, const std::vector<ProjectKind>& kinds) {
    std::error_code error;
    if (fs::is_directory(path, error))
        return {std::nullopt, {{"", fmt::format("{} is a folder, a file is expected", path)}}};
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return {std::nullopt,
                {{"", fmt::format("cannot read {}: {}", path, std::strerror(errno))}}};
    std::ostringstream text;
    text << file.rdbuf();
    if (file.bad())
        return {std::nullopt, {{"", fmt::format("cannot read {}", path)}}};
    return parseProject(text.str(), path, absoluteFolder(path), kinds);
}

Json projectJson(const ProjectFile& project, const ProjectKind& kind) {
    Json out = {{"inlay", kFormat}, {"kind", project.kind}, {"version", kind.version}};
    out["title"] = project.title;
    if (!project.notes.empty())
        out["notes"] = project.notes;
    if (!project.tags.empty())
        out["tags"] = project.tags;
    out["seed"] = project.seed;
    out["device"] = project.device;
    out["threads"] = project.threads;
    out["config"] = kind.schema->reduce(project.config);
    for (const ProjectVariant& variant : project.variants) {
        Json set = Json::object();
        for (const Assignment& assignment : variant.set)
            set[assignment.key] = assignment.value;
        out["variants"].push_back({{"name", variant.name}, {"set", set}});
    }
    for (const GridAxis& axis : project.grid)
        out["grid"][axis.key] = axis.values;
    if (project.seeds != 1)
        out["seeds"] = project.seeds;
    return out;
}

void saveProject(const ProjectFile& project, const ProjectKind& kind, const std::string& path) {
    ProjectFile moved = project;
    moved.config = movedConfig(project, *kind.schema, absoluteFolder(path));
    const std::string temporary = path + ".new";
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file << dumpJsonPretty(projectJson(moved, kind));
    file.close();
    if (!file) {
        const std::string reason = std::strerror(errno);
        std::remove(temporary.c_str());
        throw Error(fmt::format("cannot write {}: {}", path, reason));
    }
    std::error_code error;
    fs::rename(temporary, path, error);
    if (error) {
        std::remove(temporary.c_str());
        throw Error(fmt::format("cannot write {}: {}", path, error.message()));
    }
}

std::vector<Issue> assignToProject(ProjectFile& project, const AnySchema& schema,
                                   const std::vector<Assignment>& assignments,
                                   const std::string& workingFolder) {
    if (assignments.empty())
        return schema.validate(project.config);
    // Once the file's own paths are absolute, what is still relative came from the command line.
    const Json own = withAbsolutePaths(schema, project.config, project.folder);
    Assigned assigned = assign(schema, own, assignments);
    if (assigned.issues.empty())
        project.config = withAbsolutePaths(schema, assigned.config, workingFolder);
    return std::move(assigned.issues);
}

ExpandedProject expandProject(const ProjectFile& project, const AnySchema& schema) {
    ExpandedProject expanded;
    expanded.issues = schema.validate(project.config);
    const std::vector<Issue> own = expanded.issues;
    const std::size_t size = sweepSize(project.variants, project.grid, project.seeds);
    if (size > kMostRuns) {
        expanded.issues.push_back(
            {"grid", fmt::format("variants x grid x seeds make {} runs, allowed is 1 to {}", size,
                                 kMostRuns)});
        return expanded;
    }
    Json full;
    for (const SweepRow& row :
         sweepRows(project.variants, project.grid, project.seed, project.seeds)) {
        // Seeds come fastest and change no value.
        if (row.seed == project.seed) {
            Assigned assigned = assign(schema, project.config, row.set);
            addRowIssues(expanded.issues, own, row, std::move(assigned.issues));
            full = schema.complete(withAbsolutePaths(schema, assigned.config, project.folder));
        }
        expanded.runs.push_back({runName(project, row),
                                 row.variant ? project.variants[*row.variant].name : std::string(),
                                 row.seed, full});
    }
    if (!expanded.issues.empty())
        expanded.runs.clear();
    return expanded;
}

} // namespace inlay::engine
