#include "app/workbench/sweep_dialog.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QStyle>
#include <QVBoxLayout>

#include "engine/schema/issue.h"
#include "widgets/runs/run_columns.h"
#include "widgets/theme/metrics.h"

namespace inlay::app {

using namespace widgets;

SweepDialog::SweepDialog(engine::ProjectFile project, const engine::AnySchema& schema,
                         QWidget* parent)
    : QDialog(parent)
    , project_(std::move(project))
    , schema_(schema)
    , grid_(new QPlainTextEdit)
    , seeds_(new QSpinBox)
    , verdict_(new QLabel)
    , run_(new QPushButton) {
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Run a sweep – Inlay"));
    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(scaled(8, font()));
    auto* about = new QLabel(
        tr("One line for each parameter: key=value,value. Every combination becomes a run."));
    about->setWordWrap(true);
    layout->addWidget(about);
    auto* gridLabel = new QLabel(tr("&Values"));
    gridLabel->setBuddy(grid_);
    layout->addWidget(gridLabel);
    grid_->setPlaceholderText(QStringLiteral("network.operator.rank=16,24,32\n"
                                             "learning_rate=0.001,0.0003"));
    grid_->setAccessibleName(tr("Values of the sweep"));
    grid_->setTabChangesFocus(true);
    QStringList lines;
    for (const engine::GridAxis& axis : project_.grid) {
        QStringList values;
        for (const engine::Json& value : axis.values)
            values << QString::fromStdString(engine::dumpJson(value));
        lines << QString::fromStdString(axis.key) + QLatin1Char('=') +
                     values.join(QLatin1Char(','));
    }
    grid_->setPlainText(lines.join(QLatin1Char('\n')));
    layout->addWidget(grid_, 1);
    auto* row = new QHBoxLayout;
    auto* seedLabel = new QLabel(tr("&Seeds each"));
    seedLabel->setBuddy(seeds_);
    seeds_->setRange(1, 1000);
    seeds_->setValue(static_cast<int>(project_.seeds));
    seeds_->setAccessibleName(tr("Seeds each"));
    row->addWidget(seedLabel);
    row->addWidget(seeds_);
    row->addStretch(1);
    layout->addLayout(row);
    verdict_->setWordWrap(true);
    layout->addWidget(verdict_);
    auto* buttons = new QDialogButtonBox;
    run_->setProperty("primary", true);
    buttons->addButton(run_, QDialogButtonBox::AcceptRole);
    buttons->addButton(tr("Close"), QDialogButtonBox::RejectRole);
    layout->addWidget(buttons);
    connect(grid_, &QPlainTextEdit::textChanged, this, &SweepDialog::check);
    connect(seeds_, &QSpinBox::valueChanged, this, &SweepDialog::check);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(buttons, &QDialogButtonBox::accepted, this, [this] {
        emit sweepWanted(wanted_);
        accept();
    });
    resize(scaled(460, font()), scaled(320, font()));
    check();
}

void SweepDialog::check() {
    wanted_ = project_;
    wanted_.seeds = seeds_->value();
    std::vector<std::string> lines;
    for (const QString& line : grid_->toPlainText().split(QLatin1Char('\n')))
        if (!line.trimmed().isEmpty())
            lines.push_back(line.trimmed().toStdString());
    engine::ParsedGrid grid = engine::parseGrid(lines);
    wanted_.grid = std::move(grid.axes);
    std::vector<engine::Issue> issues = std::move(grid.issues);
    std::size_t runs = 0;
    if (issues.empty()) {
        const std::size_t size = engine::sweepSize(wanted_.variants, wanted_.grid, wanted_.seeds);
        if (size > 1000) {
            // Expanding thousands of runs at each key stroke would be felt; the launch checks them.
            runs = std::min(size, engine::kMostRuns);
            if (size > engine::kMostRuns)
                issues = {{std::string(), tr("At most %L1 runs at once, these are %L2.")
                                              .arg(engine::kMostRuns)
                                              .arg(size)
                                              .toStdString()}};
        } else {
            engine::ExpandedProject expanded = engine::expandProject(wanted_, schema_);
            issues = std::move(expanded.issues);
            runs = expanded.runs.size();
        }
    }
    run_->setEnabled(issues.empty() && runs > 0);
    run_->setText(issues.empty() ? tr("Queue %1").arg(runCountText(static_cast<std::int64_t>(runs)))
                                 : tr("Queue"));
    verdict_->setProperty("role", issues.empty() ? QStringLiteral("muted") : QStringLiteral("bad"));
    verdict_->setText(issues.empty() ? tr("They run one after the other on each device, so that "
                                          "timings stay fair.")
                                     : QString::fromStdString(engine::joinMessages(issues)));
    verdict_->style()->unpolish(verdict_);
    verdict_->style()->polish(verdict_);
}

} // namespace inlay::app
