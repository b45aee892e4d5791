#include "widgets/views/ranking/ranking_header.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

#include "widgets/plots/state_chip.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/elided_label.h"

namespace inlay::widgets {

using engine::RunStatus;

RankingHeader::RankingHeader(QWidget* parent)
    : QWidget(parent) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto* row = new QWidget(this);
    row->setMinimumHeight(scaled(measure::kViewHeaderHeight, font()));
    auto* layout = new QHBoxLayout(row);
    const int pad = scaled(measure::kViewPadding, font());
    layout->setContentsMargins(pad, 0, pad, 0);
    layout->setSpacing(scaled(measure::kGap, font()));
    name_ = new ElidedLabel(row);
    name_->setFont(fontsFor(font()).viewTitle);
    name_->setProperty("role", QStringLiteral("viewTitle"));
    layout->addWidget(name_);
    chip_ = new StateChip(row);
    layout->addWidget(chip_);
    words_ = new ElidedLabel(row);
    words_->setProperty("role", QStringLiteral("muted"));
    layout->addWidget(words_);
    layout->addStretch(1);
    pause_ = makeButton(QStringLiteral("pause"), tr("Pause"), QStringLiteral("pause"));
    goOn_ = makeButton(QStringLiteral("resume"), tr("Continue"), QStringLiteral("continue"));
    resume_ = makeButton(QStringLiteral("resume"), tr("Resume"), QStringLiteral("resume"));
    stop_ = makeButton(QStringLiteral("stop"), tr("Stop run"), QStringLiteral("stop"));
    column_ =
        makeButton(QStringLiteral("columns"), tr("Add as column"), QStringLiteral("place column"));
    column_->setToolTip(tr("Writes each run's place into its results, so that the list of runs and "
                           "comparisons can show and sort by it"));
    column_->hide();
    export_ = new QPushButton(icon(QStringLiteral("export")), tr("Export ranking…"), this);
    export_->setAccessibleName(export_->text());
    connect(export_, &QPushButton::clicked, this, &RankingHeader::exportWanted);
    for (QPushButton* button : {pause_, goOn_, resume_, stop_, column_, export_})
        layout->addWidget(button);
    column->addWidget(row);
    sentence_ = new QLabel(this);
    sentence_->setWordWrap(true);
    sentence_->setTextFormat(Qt::PlainText);
    sentence_->setContentsMargins(pad, 0, pad, scaled(6, font()));
    sentence_->setProperty("role", QStringLiteral("bad"));
    column->addWidget(sentence_);
    sentence_->hide();
}

QPushButton* RankingHeader::makeButton(const QString& iconName, const QString& text,
                                       const QString& action) {
    auto* button = new QPushButton(icon(iconName), text, this);
    button->setAccessibleName(text);
    button->setObjectName(action);
    connect(button, &QPushButton::clicked, this, [this, action] { emit actionWanted(action); });
    return button;
}

void RankingHeader::setRanksRuns(bool ranksRuns) {
    column_->setVisible(ranksRuns);
}

void RankingHeader::setRun(const engine::RunRecord& run, const QString& words, bool canExport) {
    name_->setFullText(run.name.empty() ? tr("Run %1").arg(run.id)
                                        : QString::fromStdString(run.name));
    const std::string_view status = engine::nameOf(run.status);
    chip_->setState(
        runStateFrom(QString::fromLatin1(status.data(), static_cast<qsizetype>(status.size()))));
    words_->setFullText(words);
    const bool hasEnded = engine::hasEnded(run.status);
    pause_->setVisible(run.status == RunStatus::Running);
    goOn_->setVisible(run.status == RunStatus::Paused);
    resume_->setVisible(hasEnded && run.status != RunStatus::Finished);
    stop_->setVisible(engine::isActive(run.status) || run.status == RunStatus::Queued);
    export_->setVisible(canExport);
    sentence_->setText(run.status == RunStatus::Failed ? QString::fromStdString(run.message)
                                                       : QString());
    sentence_->setVisible(!sentence_->text().isEmpty());
}

} // namespace inlay::widgets
