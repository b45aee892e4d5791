#include "app/cli/progress_printer.h"

#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>

#include "app/cli/output.h"

namespace inlay::app {
namespace {

constexpr std::int64_t kPlainLineEveryMs = 10000;
/// Short runs need no line, and the first step says little of when the last will be.
constexpr std::int64_t kFirstPlainLineMs = 3000;
constexpr int kBarWidth = 24;

} // namespace

ProgressPrinter::ProgressPrinter(bool json, std::string label)
    : json_(json)
    , terminal_(isatty(STDERR_FILENO) == 1)
    , label_(std::move(label)) {}

ProgressPrinter::~ProgressPrinter() {
    clearBar();
}

void ProgressPrinter::clearBar() {
    if (barShown_)
        std::fputs("\r\033[K", stderr);
    barShown_ = false;
}

void ProgressPrinter::onProgress(const engine::ProgressReport& report) {
    if (json_) {
        printJson({{"type", "progress"},
                   {"run", report.run},
                   {"step", report.step},
                   {"total_steps", report.totalSteps},
                   {"ms", report.ms},
                   {"eta_seconds",
                    report.etaSeconds < 0 ? engine::Json() : engine::Json(report.etaSeconds)}});
        return;
    }
    const double share = report.totalSteps > 0 ? static_cast<double>(report.step) /
                                                     static_cast<double>(report.totalSteps)
                                               : 0;
    // A stream whose end is not known has no total.
    const std::string done = report.totalSteps > 0
                                 ? fmt::format("step {} of {}", report.step, report.totalSteps)
                                 : fmt::format("step {}", report.step);
    const std::string left = report.etaSeconds < 0 ? "" : durationText(report.etaSeconds) + " left";
    if (terminal_) {
        const int filled = static_cast<int>(share * kBarWidth);
        std::string bar;
        for (int i = 0; i < kBarWidth; ++i)
            bar += i < filled ? "━" : "─";
        std::fputs(
            fmt::format("\r\033[K{} {} {:.0f} %  {}  {}", label_, bar, 100 * share, done, left)
                .c_str(),
            stderr);
        barShown_ = true;
        return;
    }
    if (lastLineMs_ == 0)
        lastLineMs_ = report.ms - kPlainLineEveryMs + kFirstPlainLineMs;
    if (report.ms - lastLineMs_ >= kPlainLineEveryMs) {
        lastLineMs_ = report.ms;
        printSentence(fmt::format("{}: {}{}{}", label_, done, left.empty() ? "" : ", ", left));
    }
}

void ProgressPrinter::onMetric(engine::RunId run, const std::string& series, std::int64_t step,
                               double value) {
    if (json_)
        printJson(
            {{"type", "metric"}, {"run", run}, {"step", step}, {"name", series}, {"value", value}});
}

void ProgressPrinter::onEvent(engine::RunId run, engine::EventLevel level,
                              const std::string& text) {
    if (json_)
        printJson({{"type", "event"},
                   {"run", run},
                   {"level", std::string(engine::nameOf(level))},
                   {"text", text}});
    if (level == engine::EventLevel::Info)
        return;
    clearBar();
    printSentence(text);
}

} // namespace inlay::app
