#include "app/gpu_check/result_file.h"

#include <fstream>

#include "engine/base/error.h"

namespace inlay::app {
namespace {

constexpr char kHeader[] = "header";
/// What must be the same for old rows to hold.
constexpr const char* kIdentity[] = {"device", "gpu", "driver", "commit"};

bool sameMachine(const Fields& header, const About& about) {
    Fields own;
    for (const auto& [key, value] : about)
        own[key] = value;
    for (const char* key : kIdentity)
        if (fieldOr(header, key) != fieldOr(own, key))
            return false;
    return true;
}

LastRows readRows(std::istream& in) {
    LastRows last;
    std::string line;
    while (std::getline(in, line)) {
        const std::optional<Fields> fields = parseRow(line);
        if (!fields)
            continue;
        if (fieldOr(*fields, "stage") == kHeader)
            last = {*fields, {}};
        else
            last.rows.push_back(*fields);
    }
    return last;
}

} // namespace

ResultFile::ResultFile(const std::string& path, const About& about, bool resume) {
    if (path.empty())
        return;
    std::ifstream old(path);
    const LastRows before = old ? readRows(old) : LastRows{};
    const bool goesOn = !before.header.empty() && sameMachine(before.header, about);
    if (goesOn && resume)
        for (const Fields& row : before.rows)
            if (isOk(row) && row.find("not_run") == row.end())
                made_.insert(keyOf(row));
    file_.reset(std::fopen(path.c_str(), "a"));
    if (!file_)
        throw engine::Error(path + " cannot be written.");
    if (goesOn)
        return;
    Row header(kHeader, "machine");
    for (const auto& [key, value] : about)
        header.text(key, value);
    add(header.json());
}

bool ResultFile::has(const std::string& stage, const std::string& name) const {
    return made_.contains(stage + " " + name);
}

void ResultFile::add(const std::string& json) {
    if (!file_)
        return;
    const std::string line = json + "\n";
    std::fwrite(line.data(), 1, line.size(), file_.get());
    std::fflush(file_.get());
}

LastRows readLastRows(const std::string& path) {
    std::ifstream in(path);
    if (!in)
        throw engine::Error(path + " cannot be read.");
    return readRows(in);
}

} // namespace inlay::app
