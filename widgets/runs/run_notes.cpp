#include "widgets/runs/run_notes.h"

#include <algorithm>

#include <QEvent>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>

#include "widgets/runs/run_columns.h"
#include "widgets/runs/run_edits.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {

RunNotes::RunNotes(RunEdits& edits, QWidget* parent)
    : QWidget(parent)
    , edits_(edits)
    , heading_(new QLabel)
    , tags_(new QLineEdit)
    , notes_(new QPlainTextEdit) {
    auto* layout = new QFormLayout(this);
    const int side = scaled(8, font());
    layout->setContentsMargins(side, side, side, side);
    layout->setVerticalSpacing(scaled(measure::kFormRowGap, font()));
    heading_->setProperty("role", QStringLiteral("title"));
    // A long name is cut, not the panel widened.
    heading_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    layout->addRow(heading_);
    auto* tagLabel = new QLabel(tr("&Tags"));
    tagLabel->setBuddy(tags_);
    tags_->setPlaceholderText(tr("paper, keep"));
    tags_->setAccessibleName(tr("Tags"));
    tags_->setToolTip(tr("Words separated by commas"));
    layout->addRow(tagLabel, tags_);
    auto* noteLabel = new QLabel(tr("N&otes"));
    noteLabel->setBuddy(notes_);
    notes_->setAccessibleName(tr("Notes"));
    notes_->setTabChangesFocus(true);
    notes_->setFixedHeight(scaled(64, font()));
    layout->addRow(noteLabel, notes_);
    connect(tags_, &QLineEdit::editingFinished, this, &RunNotes::applyTags);
    notes_->installEventFilter(this);
}

void RunNotes::setRuns(std::shared_ptr<const engine::RunTable> table,
                       const std::vector<engine::RunId>& runs) {
    if (runs != runs_)
        apply();
    table_ = std::move(table);
    const bool isSame = runs == runs_;
    runs_ = runs;
    std::erase_if(runs_, [this](engine::RunId run) { return table_->indexOf(run) < 0; });
    setEnabled(!runs_.empty());
    QString notes;
    if (runs_.empty()) {
        heading_->setText(tr("No run selected"));
    } else {
        const auto& run = table_->row(static_cast<std::size_t>(table_->indexOf(runs_.front())));
        heading_->setText(runs_.size() == 1
                              ? QString::fromStdString(run.name)
                              : runCountText(static_cast<std::int64_t>(runs_.size())));
        heading_->setToolTip(heading_->text());
        notes = QString::fromStdString(run.notes);
    }
    // What is being typed is not taken away by a run that moves on.
    const QString tags = commonTags().join(QStringLiteral(", "));
    if (!isSame || tags_->text() == shownTags_)
        tags_->setText(tags);
    if ((!isSame || notes_->toPlainText() == shownNotes_) && notes_->toPlainText() != notes)
        notes_->setPlainText(notes);
    shownTags_ = tags;
    shownNotes_ = notes;
    notes_->setEnabled(runs_.size() == 1);
}

QStringList RunNotes::commonTags() const {
    QStringList common;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
        const auto& run = table_->row(static_cast<std::size_t>(table_->indexOf(runs_[i])));
        QStringList tags;
        for (const std::string& tag : run.tags)
            tags << QString::fromStdString(tag);
        if (i == 0)
            common = tags;
        else
            common.removeIf([&](const QString& tag) { return !tags.contains(tag); });
    }
    return common;
}

void RunNotes::apply() {
    applyTags();
    applyNotes();
}

void RunNotes::applyTags() {
    if (runs_.empty() || tags_->text() == shownTags_)
        return;
    QStringList wanted;
    for (const QString& part : tags_->text().split(QLatin1Char(','), Qt::SkipEmptyParts))
        if (const QString tag = part.simplified(); !tag.isEmpty() && !wanted.contains(tag))
            wanted << tag;
    shownTags_ = tags_->text();
    for (const QString& tag : commonTags())
        if (!wanted.contains(tag))
            edits_.removeTag(runs_, tag);
    for (const QString& tag : wanted) {
        std::vector<engine::RunId> lacking;
        for (const engine::RunId run : runs_) {
            const auto& had = table_->row(static_cast<std::size_t>(table_->indexOf(run))).tags;
            if (std::find(had.begin(), had.end(), tag.toStdString()) == had.end())
                lacking.push_back(run);
        }
        if (!lacking.empty())
            edits_.addTag(lacking, tag);
    }
}

void RunNotes::applyNotes() {
    const QString notes = notes_->toPlainText();
    if (runs_.size() != 1 || notes == shownNotes_)
        return;
    edits_.setNotes(runs_.front(), shownNotes_, notes);
    shownNotes_ = notes;
}

bool RunNotes::eventFilter(QObject* watched, QEvent* event) {
    if (watched == notes_ && event->type() == QEvent::FocusOut)
        applyNotes();
    return QWidget::eventFilter(watched, event);
}

} // namespace inlay::widgets
