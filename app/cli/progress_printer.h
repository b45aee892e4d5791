#pragma once

#include <cstdint>
#include <string>

#include "engine/runner/run_observer.h"

namespace inlay::app {

/// Shows a run of this process: JSON lines on standard output, or a progress bar on a terminal's
/// standard error (one line every ten seconds where that is no terminal).
class ProgressPrinter : public engine::RunObserver {
public:
    ProgressPrinter(bool json, std::string label);
    ~ProgressPrinter() override;

    void onProgress(const engine::ProgressReport& report) override;
    void onMetric(engine::RunId run, const std::string& series, std::int64_t step,
                  double value) override;
    void onEvent(engine::RunId run, engine::EventLevel level, const std::string& text) override;

private:
    void clearBar();

    bool json_;
    bool terminal_;
    std::string label_;
    bool barShown_ = false;
    std::int64_t lastLineMs_ = 0;
};

} // namespace inlay::app
