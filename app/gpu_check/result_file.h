#pragma once

#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/gpu_check/row.h"

namespace inlay::app {

/// What a file of results begins with, and again where another machine or commit goes on with it:
/// pairs such as {"device", "cuda:0"}, {"commit", "a07f995"}.
using About = std::vector<std::pair<std::string, std::string>>;

/// A file to which rows are added as they come, each whole line at once.
class ResultFile {
public:
    /// Without a path nothing is written. With `resume`, rows that were made before on the same
    /// device and commit and were not failures count as made. Throws engine::Error when the file
    /// cannot be written.
    ResultFile(const std::string& path, const About& about, bool resume);

    /// Whether a row with this stage and case need not be made again.
    bool has(const std::string& stage, const std::string& name) const;
    void add(const std::string& json);

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };

    std::unique_ptr<std::FILE, Close> file_;
    std::set<std::string> made_;
};

/// The rows of a file that follow its last header, without it. Lines that are no rows are left out.
/// Throws engine::Error when there is no such file.
struct LastRows {
    Fields header;
    std::vector<Fields> rows;
};
LastRows readLastRows(const std::string& path);

} // namespace inlay::app
