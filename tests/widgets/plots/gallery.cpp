// Renders every plot in light and dark into a folder: inlay-plot-gallery DIR. The scale is
// QT_SCALE_FACTOR's. For looking at, not part of the test run.
#include <QApplication>
#include <QDir>
#include <QTextStream>

#include "tests/widgets/plots/sample_plots.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/theme.h"

using namespace inlay::widgets;

namespace {

QWidget* iconSheet() {
    auto* sheet = new QWidget;
    sheet->setProperty("surface", true);
    auto* grid = new QGridLayout(sheet);
    int i = 0;
    for (const QString& name : iconNames()) {
        auto* picture = new QLabel(sheet);
        picture->setPixmap(icon(name).pixmap(QSize(20, 20), sheet->devicePixelRatioF()));
        picture->setAccessibleName(name);
        auto* label = new QLabel(name, sheet);
        grid->addWidget(picture, i / 6, 2 * (i % 6));
        grid->addWidget(label, i / 6, 2 * (i % 6) + 1);
        ++i;
    }
    return sheet;
}

} // namespace

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    if (argc != 2) {
        QTextStream(stderr) << "usage: inlay-plot-gallery DIR\n";
        return 2;
    }
    const QDir folder(QString::fromLocal8Bit(argv[1]));
    folder.mkpath(".");
    Theme theme(application);
    for (const ThemeChoice choice : {ThemeChoice::Light, ThemeChoice::Dark}) {
        theme.setChoice(choice);
        const QString side = choice == ThemeChoice::Light ? "light" : "dark";
        sample::Gallery gallery;
        gallery.show();
        QCoreApplication::processEvents();
        for (Plot* plot : gallery.findChildren<Plot*>())
            plot->flush();
        gallery.group.setCursor(3740);
        const QString suffix = side + (gallery.devicePixelRatioF() > 1 ? "-2x.png" : ".png");
        gallery.grab().save(folder.filePath("gallery-" + suffix));
        const std::unique_ptr<QWidget> icons(iconSheet());
        icons->show();
        icons->grab().save(folder.filePath("icons-" + suffix));
        gallery.loss->writeFigure(folder.filePath("loss-paper-" + side + ".svg"),
                                  FigureFormat::Svg);
        gallery.loss->writeFigure(folder.filePath("loss-paper-" + side + ".pdf"),
                                  FigureFormat::Pdf);
        gallery.loss->writeFigure(folder.filePath("loss-paper-" + side + ".png"),
                                  FigureFormat::Png);
    }
    return 0;
}
