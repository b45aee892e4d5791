#include "widgets/views/embeddings/selection_panel.h"

#include <algorithm>

#include <QGridLayout>
#include <QInputDialog>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QPushButton>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/elided_label.h"
#include "widgets/views/embeddings/thumb_grid.h"

namespace inlay::widgets {
namespace {

/// Faces that are drawn at most; the rest is counted.
constexpr std::size_t kMostFaces = 400;

} // namespace

SelectionPanel::SelectionPanel(const PointFaces& faces, QWidget* parent)
    : QWidget(parent)
    , faces_(faces) {
    setProperty("surface", true);
    setAttribute(Qt::WA_StyledBackground);
    auto* column = new QVBoxLayout(this);
    const int pad = scaled(measure::kViewPadding, font());
    column->setContentsMargins(0, 0, 0, pad / 2);
    column->setSpacing(scaled(4, font()));
    grid_ = new ThumbGrid(faces_, this);
    grid_->setTitle(tr("Selection"), {});
    grid_->setFaceSize(24);
    grid_->setWantedRows(2);
    grid_->setEmptyText(tr("Draw around points with the lasso or the box: Shift adds, Alt takes "
                           "away. Then tag them, project only them, or export their numbers."));
    column->addWidget(grid_, 1);
    facts_ = new QWidget(this);
    auto* facts = new QGridLayout(facts_);
    facts->setContentsMargins(pad, 0, pad, 0);
    facts->setVerticalSpacing(scaled(2, font()));
    facts->setColumnStretch(1, 1);
    const auto fact = [&](int row, const QString& name, QLabel* value) {
        auto* label = new QLabel(name, facts_);
        label->setProperty("role", QStringLiteral("muted"));
        facts->addWidget(label, row, 0);
        value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
        facts->addWidget(value, row, 1);
    };
    labels_ = new ElidedLabel(facts_);
    wrong_ = new QLabel(facts_);
    fact(0, tr("Labels"), labels_);
    fact(1, tr("Wrong by kNN"), wrong_);
    column->addWidget(facts_);
    auto* buttons = new QHBoxLayout;
    buttons->setContentsMargins(pad, 0, pad, 0);
    buttons->setSpacing(scaled(measure::kGap, font()));
    tag_ = new QPushButton(icon(QStringLiteral("tag")), tr("Tag…"), this);
    tag_->setToolTip(tr("Keeps the selection under a name, with the run"));
    project_ = new QPushButton(tr("Project only these"), this);
    more_ = new QToolButton(this);
    more_->setText(tr("More"));
    more_->setIcon(icon(QStringLiteral("menu")));
    more_->setAccessibleName(tr("More for the selection"));
    more_->setToolTip(tr("Tags, previous selection, invert, clear, export"));
    more_->setPopupMode(QToolButton::InstantPopup);
    menu_ = new QMenu(more_);
    more_->setMenu(menu_);
    buttons->addWidget(tag_);
    buttons->addWidget(project_);
    buttons->addStretch(1);
    buttons->addWidget(more_);
    column->addLayout(buttons);
    connect(grid_, &ThumbGrid::pointHovered, this, &SelectionPanel::pointHovered);
    connect(grid_, &ThumbGrid::pointChosen, this, &SelectionPanel::pointChosen);
    connect(tag_, &QPushButton::clicked, this, &SelectionPanel::askForName);
    connect(project_, &QPushButton::clicked, this, [this] {
        if (hasSelection_)
            emit projectWanted();
        else
            emit projectAllWanted();
    });
    connect(menu_, &QMenu::aboutToShow, this, &SelectionPanel::fillMenu);
    setSelection({}, {});
}

QString SelectionPanel::labelsText() const {
    return static_cast<ElidedLabel*>(labels_)->fullText();
}

QString SelectionPanel::wrongText() const {
    return wrong_->text();
}

void SelectionPanel::setSelection(const PointSet& points,
                                  const std::vector<std::int32_t>& predicted) {
    hasSelection_ = !points.empty();
    const QLocale locale;
    std::vector<ThumbGrid::Cell> cells;
    std::map<std::int32_t, std::size_t> counts;
    std::size_t wrong = 0;
    std::size_t judged = 0;
    for (const std::uint32_t point : points) {
        const std::int32_t label = faces_.label(point);
        const std::int32_t voted = point < predicted.size() ? predicted[point] : -1;
        const bool isWrong = label >= 0 && voted >= 0 && voted != label;
        if (label >= 0)
            ++counts[label];
        judged += label >= 0 && voted >= 0;
        wrong += isWrong;
        if (cells.size() < kMostFaces)
            cells.push_back({point, {}, {}, isWrong ? Tone::Bad : Tone::Normal});
    }
    grid_->setFurther(points.size() - cells.size());
    grid_->setCells(std::move(cells));
    grid_->setTitle(
        tr("Selection"),
        points.empty() ? QString()
        : points.size() == 1
            ? tr("1 point")
            : tr("%1 points").arg(locale.toString(static_cast<qulonglong>(points.size()))));
    std::vector<std::pair<std::int32_t, std::size_t>> order(counts.begin(), counts.end());
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    QStringList words;
    for (const auto& [label, count] : order)
        words << tr("%1: %2").arg(faces_.labelName(label),
                                  locale.toString(static_cast<qulonglong>(count)));
    static_cast<ElidedLabel*>(labels_)->setFullText(
        words.isEmpty() ? tr("none") : words.join(QStringLiteral(", ")));
    wrong_->setText(judged == 0 ? QStringLiteral("–")
                                : tr("%1 of %2")
                                      .arg(locale.toString(static_cast<qulonglong>(wrong)),
                                           locale.toString(static_cast<qulonglong>(judged))));
    wrong_->setProperty("role", wrong > 0 ? QVariant(QStringLiteral("bad")) : QVariant());
    wrong_->style()->unpolish(wrong_);
    wrong_->style()->polish(wrong_);
    facts_->setVisible(hasSelection_);
    tag_->setVisible(hasSelection_);
    setProjected(isSubset_);
}

void SelectionPanel::setProjected(bool isSubset) {
    isSubset_ = isSubset;
    project_->setVisible(hasSelection_ || isSubset_);
    project_->setText(hasSelection_ ? tr("Project only these") : tr("Project all points"));
    project_->setAccessibleName(project_->text());
    more_->setVisible(hasSelection_ || isSubset_ || hasPrevious_ || !tags_.empty());
}

void SelectionPanel::setHasPrevious(bool has) {
    hasPrevious_ = has;
    setProjected(isSubset_);
}

void SelectionPanel::setTags(const Tags& tags) {
    tags_ = tags;
    setProjected(isSubset_);
}

void SelectionPanel::askForName() {
    bool ok = false;
    const QString name =
        QInputDialog::getText(this, tr("Tag the selection"), tr("Name"), QLineEdit::Normal, {}, &ok)
            .trimmed();
    if (ok && !name.isEmpty())
        emit tagWanted(name);
}

void SelectionPanel::fillMenu() {
    menu_->clear();
    const QLocale locale;
    for (const auto& [name, points] : tags_) {
        QMenu* one = menu_->addMenu(
            icon(QStringLiteral("tag")),
            tr("%1 (%2)").arg(name, locale.toString(static_cast<qulonglong>(points.size()))));
        one->addAction(tr("Select"), this, [this, tag = name] { emit tagChosen(tag); });
        one->addAction(icon(QStringLiteral("trash")), tr("Remove tag"), this,
                       [this, tag = name] { emit tagRemoved(tag); });
    }
    if (!tags_.empty())
        menu_->addSeparator();
    if (hasPrevious_)
        menu_->addAction(tr("Previous selection"), this, &SelectionPanel::previousWanted);
    if (isSubset_ && hasSelection_)
        menu_->addAction(tr("Project all points"), this, &SelectionPanel::projectAllWanted);
    if (hasSelection_) {
        menu_->addAction(tr("Invert selection (Ctrl+I)"), this, &SelectionPanel::invertWanted);
        menu_->addAction(tr("Clear selection (Esc)"), this, &SelectionPanel::clearWanted);
        menu_->addSeparator();
        menu_->addAction(icon(QStringLiteral("export")), tr("Export selection as CSV…"), this,
                         &SelectionPanel::exportWanted);
    }
}

} // namespace inlay::widgets
