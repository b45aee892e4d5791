#pragma once

#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/runner/output.h"
#include "engine/schema/any_schema.h"
#include "engine/schema/issue.h"

namespace inlay::engine {

class RunContext;

/// How a run ended that did not throw.
enum class RunEnd { Finished, Stopped, Diverged };

struct RunOutcome {
    RunEnd end = RunEnd::Finished;
    std::string message; // diverged: the sentence that names step and series
};

/// One kind of experiment: immutable, shared by all threads. A row of experiments/catalog.cpp.
class ExperimentKind {
public:
    virtual ~ExperimentKind() = default;

    virtual const char* id() const = 0;      // "train"; equals the folder's name
    virtual const char* title() const = 0;   // "Train a network"
    virtual const char* summary() const = 0; // one sentence
    /// Version of the meaning of the configuration; part of its hash.
    virtual int version() const = 0;
    virtual const AnySchema& schema() const = 0;
    /// Everything a run may record; names may be patterns ("gradient_norm/{layer}").
    virtual const std::vector<OutputDeclaration>& outputs() const = 0;

    /// What schema validation cannot see: opens every file, checks sizes, headers and counts, and
    /// that the configuration makes sense as a whole and on this device ("cpu", "cuda:0", "auto").
    /// Called before any row is written. `values` is complete and valid by the schema.
    virtual std::vector<Issue> check(const Json& values, const std::string& device) const = 0;

    /// Flags shown beside every metric of the run, e.g. "mixes_samples".
    virtual std::vector<std::string> flags(const Json& values) const = 0;

    /// Runs to its end, or until context.proceed() says no. Throws Error on failure.
    virtual RunOutcome run(const Json& values, RunContext& context) const = 0;

    /// Whether `set RUN key=value` may change this key while the run goes on.
    virtual std::vector<std::string> settableKeys() const { return {}; }

    /// Names or patterns of the metrics that a run is judged by, the most telling first; empty
    /// where the general order of headlineMetric (runner/headline.h) finds it.
    virtual std::vector<std::string> headlines() const { return {}; }

    /// Turns a configuration of an older version into one of this version.
    virtual void upgrade(int /*fromVersion*/, Json& /*values*/) const {}
};

} // namespace inlay::engine
