#include <QActionGroup>
#include <QClipboard>
#include <QFileDialog>
#include <QFrame>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QSaveFile>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>

#include "engine/base/error.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/empty_state.h"
#include "widgets/plots/plot_group.h"
#include "widgets/plots/scatter_plot.h"
#include "widgets/runs/run_columns.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/compare/compare_view.h"
#include "widgets/views/compare/curve_panel.h"
#include "widgets/views/compare/difference_model.h"
#include "widgets/views/compare/difference_table.h"
#include "widgets/views/compare/scatter_panel.h"
#include "widgets/views/elided_label.h"

namespace inlay::widgets {

void CompareView::build() {
    setProperty("surface", true);
    setAttribute(Qt::WA_StyledBackground);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    pages_ = new QStackedWidget(this);
    layout->addWidget(pages_);
    empty_ = new EmptyState(QStringLiteral("compare"), {}, {}, pages_);
    pages_->addWidget(empty_);

    auto* page = new QWidget(pages_);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(buildHeader(page));
    sentence_ = new QLabel(page);
    sentence_->setObjectName(QStringLiteral("sentence"));
    sentence_->setProperty("role", QStringLiteral("warn"));
    sentence_->setWordWrap(true);
    sentence_->setTextFormat(Qt::PlainText);
    sentence_->setContentsMargins(scaled(measure::kViewPadding, font()), 0,
                                  scaled(measure::kViewPadding, font()), scaled(6, font()));
    sentence_->hide();
    column->addWidget(sentence_);
    auto* line = new QFrame(page);
    line->setProperty("separator", true);
    line->setFixedHeight(1);
    column->addWidget(line);
    auto* splitter = new QSplitter(Qt::Vertical, page);
    splitter->setChildrenCollapsible(false);
    model_ = new DifferenceModel(this);
    table_ = new DifferenceTable(model_, splitter);
    table_->setMinimumHeight(scaled(96, font()));
    splitter->addWidget(table_);
    splitter->addWidget(buildPlots(splitter));
    splitter->setStretchFactor(0, 9);
    splitter->setStretchFactor(1, 10);
    splitter->setSizes({scaled(220, font()), scaled(260, font())});
    column->addWidget(splitter, 1);
    pages_->addWidget(page);
}

QWidget* CompareView::buildHeader(QWidget* page) {
    auto* header = new QWidget(page);
    header->setMinimumHeight(scaled(measure::kViewHeaderHeight, font()));
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins(scaled(measure::kViewPadding, font()), 0,
                            scaled(measure::kViewPadding, font()), 0);
    row->setSpacing(scaled(measure::kGap, font()));
    title_ = new ElidedLabel(header);
    title_->setFont(fontsFor(font()).viewTitle);
    title_->setProperty("role", QStringLiteral("viewTitle"));
    row->addWidget(title_);
    subtitle_ = new ElidedLabel(header);
    subtitle_->setProperty("role", QStringLiteral("muted"));
    row->addWidget(subtitle_);
    row->addStretch(1);

    auto* segments = new QHBoxLayout;
    segments->setSpacing(0);
    const auto addSegment = [&](const QString& text, const QString& tip) {
        auto* button = new QToolButton(header);
        button->setText(text);
        button->setCheckable(true);
        button->setAutoExclusive(true);
        button->setProperty("segment", true);
        button->setAccessibleName(text);
        button->setToolTip(tip);
        segments->addWidget(button);
        return button;
    };
    differing_ = addSegment(tr("Differences"), tr("Only the rows in which the groups differ"));
    all_ = addSegment(tr("All rows"), tr("Equal parameters and figures too"));
    differing_->setChecked(true);
    connect(all_, &QToolButton::toggled, this, [this](bool isAll) {
        model_->setShown(isAll ? ShownRows::All : ShownRows::Differing);
        if (comparison_->runs > 1)
            updateWords();
    });
    row->addLayout(segments);
    seeds_ = new QToolButton(header);
    seeds_->setText(tr("Group seeds"));
    seeds_->setCheckable(true);
    seeds_->setChecked(true);
    seeds_->setProperty("segment", true);
    seeds_->setAccessibleName(tr("Group seeds"));
    seeds_->setToolTip(tr("Runs that differ in nothing but the seed become one column and one "
                          "curve: their mean with a band"));
    connect(seeds_, &QToolButton::toggled, this,
            [this](bool isOn) { setGrouping(isOn ? RunGrouping::Seeds : RunGrouping::None); });
    row->addWidget(seeds_);
    addExportMenu(row, header);
    return header;
}

void CompareView::addExportMenu(QHBoxLayout* row, QWidget* header) {
    auto* button = new QToolButton(header);
    button->setIcon(icon(QStringLiteral("export")));
    button->setText(tr("Export"));
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setPopupMode(QToolButton::InstantPopup);
    button->setProperty("segment", true);
    button->setAccessibleName(tr("Export"));
    button->setToolTip(tr("Write the table or a plot exactly as it is seen"));
    auto* menu = new QMenu(button);
    const auto add = [&](const char* iconName, const QString& text, auto&& call) {
        QAction* action = menu->addAction(icon(QLatin1String(iconName)), text);
        connect(action, &QAction::triggered, this, call);
        return action;
    };
    add("table", tr("Table as CSV…"), [this] { exportTable(); });
    add("copy", tr("Copy the table as Markdown"), [this] {
        QGuiApplication::clipboard()->setText(model_->asMarkdown());
        emit notice(tr("The table is on the clipboard"));
    });
    menu->addSeparator();
    add("chart", tr("Curves as PNG, SVG, PDF or CSV…"),
        [this] { curves_->plot()->exportWithDialog(); });
    QAction* second = add("chart", tr("Second curves as PNG, SVG, PDF or CSV…"),
                          [this] { moreCurves_->plot()->exportWithDialog(); });
    add("chart", tr("Results against costs as PNG, SVG, PDF or CSV…"),
        [this] { scatter_->plot()->exportWithDialog(); });
    connect(menu, &QMenu::aboutToShow, this,
            [this, second] { second->setVisible(moreCurves_->isVisible()); });
    button->setMenu(menu);
    row->addWidget(button);
}

QWidget* CompareView::buildPlots(QWidget* page) {
    plots_ = new QSplitter(Qt::Horizontal, page);
    plots_->setChildrenCollapsible(false);
    curves_ = new CurvePanel(CurvePanel::Role::First, *context().store, *catalog_, words_, plots_);
    moreCurves_ =
        new CurvePanel(CurvePanel::Role::Follower, *context().store, *catalog_, words_, plots_);
    moreCurves_->hide();
    scatter_ = new ScatterPanel(plots_);
    plots_->addWidget(curves_);
    plots_->addWidget(moreCurves_);
    plots_->addWidget(scatter_);
    plots_->setStretchFactor(0, 11);
    plots_->setStretchFactor(1, 11);
    plots_->setStretchFactor(2, 10);
    plots_->setMinimumHeight(scaled(210, font()));
    auto* link = new PlotGroup(this, LinkRanges::X);
    link->add(curves_->plot());
    link->add(moreCurves_->plot());
    return plots_;
}

void CompareView::connectPanels() {
    connect(curves_, &CurvePanel::optionsChanged, moreCurves_, &CurvePanel::setOptions);
    connect(curves_, &CurvePanel::seriesChanged, this,
            [this](const QString& name) { moreCurves_->setAvoided(name); });
    for (CurvePanel* panel : {curves_, moreCurves_}) {
        connect(panel, &CurvePanel::groupHovered, this, &CompareView::highlight);
        connect(panel, &CurvePanel::groupClicked, this, &CompareView::choose);
        connect(panel, &CurvePanel::notice, this, &CompareView::notice);
    }
    connect(scatter_, &ScatterPanel::groupHovered, this, &CompareView::highlight);
    connect(scatter_, &ScatterPanel::groupClicked, this, &CompareView::choose);
    connect(scatter_, &ScatterPanel::notice, this, &CompareView::notice);
    connect(table_, &DifferenceTable::groupHovered, this, &CompareView::highlight);
    connect(table_, &DifferenceTable::groupClicked, this, &CompareView::choose);
}

void CompareView::writeTable(const QString& path) const {
    const QByteArray bytes = toCsv(model_->table()).toUtf8();
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
        throw engine::Error(
            tr("%1 cannot be written: %2").arg(path, file.errorString()).toStdString());
}

void CompareView::exportTable() {
    auto* dialog = new QFileDialog(this, tr("Export the table – Inlay"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilter(tr("Comma-separated values (*.csv)"));
    dialog->setDefaultSuffix(QStringLiteral("csv"));
    dialog->selectFile(QStringLiteral("comparison.csv"));
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        try {
            writeTable(path);
            emit notice(tr("%1 written").arg(path));
        } catch (const engine::Error& error) {
            emit notice(QString::fromStdString(error.what()));
        }
    });
    dialog->open();
}

} // namespace inlay::widgets
