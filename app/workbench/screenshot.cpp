#include "app/workbench/screenshot.h"

#include <cstdio>
#include <utility>

#include <QApplication>
#include <QImage>
#include <QPixmap>
#include <QTimer>

#include "app/workbench/arguments.h"
#include "app/workbench/main_window.h"
#include "engine/store/query_hints.h"
#include "engine/store/run_query.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"

namespace inlay::app {
namespace {

constexpr int kLookEveryMs = 250;
constexpr int kStillLooks = 4;
constexpr int kMostLooks = 80;

class Photographer : public QObject {
public:
    Photographer(MainWindow& window, QString path, QString select)
        : QObject(&window)
        , window_(window)
        , path_(std::move(path))
        , select_(std::move(select)) {
        connect(&timer_, &QTimer::timeout, this, [this] { look(); });
        timer_.start(kLookEveryMs);
    }

private:
    void look() {
        ++looks_;
        if (!select_.isEmpty() && isSettled() && !select())
            return;
        const QImage picture = window_.grab().toImage();
        still_ = picture == last_ && isSettled() && select_.isEmpty() ? still_ + 1 : 0;
        last_ = picture;
        if (still_ < kStillLooks && looks_ < kMostLooks)
            return;
        timer_.stop();
        if (!select_.isEmpty()) {
            std::fputs("The runs were not read in time; there is no picture.\n", stderr);
            QCoreApplication::exit(kFailed);
            return;
        }
        const QImage small = picture.convertToFormat(QImage::Format_RGB32);
        const bool isWritten = small.save(path_, "PNG", 0);
        if (!isWritten)
            std::fprintf(stderr, "%s cannot be written.\n", qPrintable(path_));
        QCoreApplication::exit(isWritten ? kOk : kFailed);
    }

    /// The window's first questions are answered; their answers may choose runs and projects too.
    bool isSettled() const {
        return window_.watcher().runs()->version() >= 0 && !window_.store().isBusy();
    }

    /// False when no run matches, which ends the program.
    bool select() {
        const auto query = engine::parseRunQuery(std::exchange(select_, {}).toStdString()).query;
        const auto runs = window_.watcher().runs();
        std::vector<engine::RunId> wanted;
        for (const std::uint32_t row : runs->select(query))
            wanted.push_back(runs->row(row).id);
        if (wanted.empty()) {
            timer_.stop();
            refuse(query);
            return false;
        }
        window_.showRuns(wanted);
        return true;
    }

    void refuse(const engine::RunQuery& query) {
        const auto end = [](const std::vector<std::string>& hints) {
            std::fputs("No run matches --select", stderr);
            for (const std::string& hint : hints)
                std::fprintf(stderr, "%s%s", &hint == hints.data() ? ": " : "; ", hint.c_str());
            std::fputs(".\n", stderr);
            QCoreApplication::exit(kBadInput);
        };
        window_.store().ask(
            this, [query](engine::RunStore& store) { return engine::queryHints(store, query); },
            end, [end](const QString&) { end({}); });
    }

    MainWindow& window_;
    QString path_;
    QString select_;
    QTimer timer_;
    QImage last_;
    int still_ = 0;
    int looks_ = 0;
};

} // namespace

void takeScreenshot(MainWindow& window, const QString& path, const QString& select) {
    new Photographer(window, path, select);
}

} // namespace inlay::app
