// Renders every plot in light and dark into a folder: inlay-plot-gallery DIR. The scale is
// QT_SCALE_FACTOR's. For looking at, not part of the test run.
#include <QtWidgets>

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

/// The controls that the style sheet covers.
QWidget* controlSheet() {
    auto* sheet = new QWidget;
    auto* grid = new QGridLayout(sheet);
    auto* run = new QPushButton(icon("run", IconColor::OnAccent), "Run");
    run->setProperty("primary", true);
    auto* sweep = new QPushButton(icon("sweep"), "Run sweep…");
    auto* off = new QPushButton(icon("export"), "Export…");
    off->setEnabled(false);
    grid->addWidget(run, 0, 0);
    grid->addWidget(sweep, 0, 1);
    grid->addWidget(off, 0, 2);
    auto* combo = new QComboBox;
    combo->addItems({"Vision transformer", "MLP"});
    auto* spin = new QDoubleSpinBox;
    spin->setSuffix(" px");
    auto* field = new QLineEdit;
    field->setPlaceholderText("Filter runs, e.g. operator:stl");
    grid->addWidget(combo, 1, 0);
    grid->addWidget(spin, 1, 1);
    grid->addWidget(field, 1, 2);
    auto* row = new QHBoxLayout;
    row->setSpacing(0);
    for (const char* text : {"All blocks", "MLP", "Attention", "Head"}) {
        auto* button = new QToolButton;
        button->setText(text);
        button->setCheckable(true);
        button->setAutoExclusive(true);
        button->setProperty("segment", true);
        button->setChecked(button->text() == "All blocks");
        row->addWidget(button);
    }
    grid->addLayout(row, 2, 0, 1, 2);
    auto* check = new QCheckBox("Train and time it too");
    check->setChecked(true);
    grid->addWidget(check, 2, 2);
    auto* slider = new QSlider(Qt::Horizontal);
    slider->setValue(60);
    auto* progress = new QProgressBar;
    progress->setValue(61);
    progress->setTextVisible(false);
    grid->addWidget(slider, 3, 0);
    grid->addWidget(progress, 3, 1);
    grid->addWidget(new QCheckBox("Off"), 3, 2);
    auto* tabs = new QTabWidget;
    auto* table = new QTableWidget(4, 3);
    table->setHorizontalHeaderLabels({"Layer", "FLOP", "Measured"});
    table->verticalHeader()->hide();
    table->setShowGrid(false);
    for (int r = 0; r < 4; ++r)
        for (int c = 0; c < 3; ++c)
            table->setItem(r, c, new QTableWidgetItem(c ? "1.78×" : "Block 1, QKV"));
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->selectRow(1);
    tabs->addTab(table, icon("layers"), "Layers");
    tabs->addTab(new QWidget, icon("chart"), "Training");
    grid->addWidget(tabs, 4, 0, 1, 3);
    sheet->resize(560, 380);
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
        const std::unique_ptr<QWidget> controls(controlSheet());
        controls->show();
        controls->grab().save(folder.filePath("controls-" + suffix));
        QWidget films;
        films.setProperty("surface", true);
        auto* rows = new QGridLayout(&films);
        auto* transport = new Transport(&films);
        transport->setCount(40);
        transport->setIndex(25);
        transport->setText("6,400 of 10,000 points");
        rows->addWidget(transport, 0, 0, 1, 2);
        HeatMap* adjacency = sample::adjacencyMap(&films);
        rows->addWidget(adjacency, 1, 0);
        rows->addWidget(sample::signedMap(&films), 1, 1);
        films.resize(900, 420);
        films.show();
        for (Plot* plot : films.findChildren<Plot*>())
            plot->flush();
        QWidget* cells = adjacency->focusProxy();
        const QPointF onCells(160, 120);
        QMouseEvent onto(QEvent::MouseMove, onCells, cells->mapToGlobal(onCells), Qt::NoButton,
                         Qt::NoButton, Qt::NoModifier);
        QApplication::sendEvent(cells, &onto);
        films.grab().save(folder.filePath("films-" + suffix));
        const QPointF over(220, 70);
        QWidget* canvas = gallery.loss->focusProxy();
        QMouseEvent move(QEvent::MouseMove, over, canvas->mapToGlobal(over), Qt::NoButton,
                         Qt::NoButton, Qt::NoModifier);
        QApplication::sendEvent(canvas, &move);
        gallery.loss->grab().save(folder.filePath("readout-" + suffix));
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
