#include "app/workbench/screenshot.h"

#include <cstdio>

#include <QApplication>
#include <QImage>
#include <QPixmap>
#include <QTimer>

#include "app/workbench/main_window.h"
#include "engine/store/run_query.h"
#include "widgets/runs/run_panel.h"
#include "widgets/runs/run_watcher.h"

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
        if (!select_.isEmpty() && window_.watcher().runs()->version() >= 0) {
            const auto runs = window_.watcher().runs();
            std::vector<engine::RunId> wanted;
            for (const std::uint32_t row :
                 runs->select(engine::parseRunQuery(select_.toStdString()).query))
                wanted.push_back(runs->row(row).id);
            // The list may show another project's runs.
            if (!wanted.empty())
                window_.showRun(wanted.front());
            window_.runPanel()->selectRuns(wanted);
            select_.clear();
            still_ = 0;
        }
        const QImage picture = window_.grab().toImage();
        still_ = picture == last_ ? still_ + 1 : 0;
        last_ = picture;
        if (still_ < kStillLooks && ++looks_ < kMostLooks)
            return;
        timer_.stop();
        const QImage small = picture.convertToFormat(QImage::Format_RGB32);
        const bool isWritten = small.save(path_, "PNG", 0);
        if (!isWritten)
            std::fprintf(stderr, "%s cannot be written.\n", qPrintable(path_));
        QCoreApplication::exit(isWritten ? 0 : 1);
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
