#include "widgets/views/embeddings/projection_bar.h"

#include <algorithm>
#include <cmath>

#include <QComboBox>
#include <QDateTime>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QStyle>
#include <QVBoxLayout>

#include "widgets/plots/numbers.h"
#include "widgets/runs/run_columns.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/elided_label.h"

namespace inlay::widgets {
namespace {

constexpr double kDefaultPerplexity = 30;
/// Before this share of the work the time left is a guess.
constexpr double kLeastShare = 0.03;
constexpr double kTwoRowsBelow = 860;

} // namespace

ProjectionBar::ProjectionBar(QWidget* parent)
    : QWidget(parent) {
    auto* column = new QVBoxLayout(this);
    const int pad = scaled(measure::kViewPadding, font());
    column->setContentsMargins(pad, scaled(4, font()), pad, scaled(4, font()));
    column->setSpacing(scaled(4, font()));
    second_ = new QWidget(this);
    auto* row = rows_[0] = new QHBoxLayout;
    rows_[1] = new QHBoxLayout(second_);
    for (QHBoxLayout* one : rows_) {
        one->setContentsMargins(0, 0, 0, 0);
        one->setSpacing(scaled(10, font()));
    }
    column->addLayout(row);
    column->addWidget(second_);
    second_->hide();
    settings_ = new QWidget(this);
    auto* fields = fields_ = new QHBoxLayout(settings_);
    fields->setContentsMargins(0, 0, 0, 0);
    fields->setSpacing(scaled(10, font()));
    perplexity_ = new QDoubleSpinBox(settings_);
    perplexity_->setRange(2, 100);
    perplexity_->setDecimals(0);
    perplexityField_ = field(fields, tr("Perplexity"), perplexity_,
                             tr("How many neighbors a point has, roughly: 2 to 100, and at most a "
                                "third of the points"));
    neighbors_ = new QSpinBox(settings_);
    neighbors_->setRange(2, 200);
    neighborsField_ = field(fields, tr("Neighbors"), neighbors_,
                            tr("Few show fine structure, many the whole: 2 to 200"));
    distance_ = new QDoubleSpinBox(settings_);
    distance_->setRange(0, 0.99);
    distance_->setDecimals(2);
    distance_->setSingleStep(0.05);
    distanceField_ = field(fields, tr("Distance"), distance_,
                           tr("How close points may lie in the picture: 0 to 0.99"));
    iterations_ = new QSpinBox(settings_);
    iterations_->setRange(50, 10000);
    iterations_->setSingleStep(250);
    iterations_->setGroupSeparatorShown(true);
    iterationsField_ = field(fields, tr("Iterations"), iterations_,
                             tr("50 to 10,000; the first quarter, at most "
                                "250, with exaggerated attraction"));
    basis_ = new QComboBox(settings_);
    basis_->addItems({tr("Last snapshot"), tr("First snapshot")});
    basisField_ = field(fields, tr("Axes of"), basis_,
                        tr("Whose axes or layout the other snapshots follow, so that the film "
                           "does not turn"));
    scope_ = new QComboBox(settings_);
    scope_->addItems({tr("All snapshots"), tr("This snapshot")});
    scopeField_ = field(fields, {}, scope_,
                        tr("Every snapshot starts where its neighbor in time ended, with 150 "
                           "iterations, and is aligned to it"));
    scope_->setAccessibleName(tr("Snapshots to project"));
    seed_ = new QSpinBox(settings_);
    seed_->setRange(0, 1'000'000);
    seedField_ = field(fields, tr("Seed"), seed_, tr("The same seed gives the same picture"));
    row->addWidget(settings_);
    progress_ = new QProgressBar(this);
    progress_->setRange(0, 1000);
    progress_->setTextVisible(false);
    progress_->setFixedWidth(scaled(120, font()));
    progress_->setAccessibleName(tr("Progress of the projection"));
    row->addWidget(progress_);
    status_ = new ElidedLabel(this);
    status_->setProperty("role", QStringLiteral("muted"));
    row->addWidget(status_, 1);
    const auto button = [&](const QString& iconName, const QString& text) {
        auto* made = new QPushButton(icon(iconName), text, this);
        made->setAccessibleName(text);
        row->addWidget(made);
        return made;
    };
    start_ = button(QStringLiteral("run"), tr("Project"));
    pause_ = button(QStringLiteral("pause"), tr("Pause"));
    cancel_ = button(QStringLiteral("close"), tr("Cancel"));
    connect(start_, &QPushButton::clicked, this, &ProjectionBar::startWanted);
    connect(pause_, &QPushButton::clicked, this,
            [this] { emit pauseWanted(state_ != State::Paused); });
    connect(cancel_, &QPushButton::clicked, this, &ProjectionBar::cancelWanted);
    for (QSpinBox* box : {iterations_, neighbors_, seed_})
        connect(box, &QSpinBox::valueChanged, this, &ProjectionBar::changed);
    for (QDoubleSpinBox* box : {perplexity_, distance_})
        connect(box, &QDoubleSpinBox::valueChanged, this, &ProjectionBar::changed);
    for (QComboBox* box : {basis_, scope_})
        connect(box, &QComboBox::currentIndexChanged, this, &ProjectionBar::changed);
    setChoice({});
}

/// In a narrow bar the snapshots and the remark stand in a second line.
void ProjectionBar::arrange() {
    const bool isLong =
        choice_.method == ProjectionMethod::Tsne || choice_.method == ProjectionMethod::Umap;
    const bool isRunning = state_ == State::Running || state_ == State::Paused;
    const bool isTwoRows = isLong && !isRunning && width() < scaled(kTwoRowsBelow, font());
    if (isTwoRows != isTwoRows_) {
        isTwoRows_ = isTwoRows;
        if (isTwoRows) {
            rows_[1]->addWidget(basisField_);
            rows_[1]->addWidget(scopeField_);
            rows_[1]->addWidget(status_, 1);
            rows_[0]->insertStretch(2, 1);
        } else {
            fields_->insertWidget(4, basisField_);
            fields_->insertWidget(5, scopeField_);
            delete rows_[0]->takeAt(2);
            rows_[0]->insertWidget(2, status_, 1);
        }
    }
    second_->setVisible(isTwoRows);
}

void ProjectionBar::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    arrange();
    // Fields that moved to another parent are hidden by it.
    refresh();
}

QWidget* ProjectionBar::field(QHBoxLayout* row, const QString& name, QWidget* editor,
                              const QString& help) {
    auto* box = new QWidget(settings_);
    auto* layout = new QHBoxLayout(box);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(scaled(5, font()));
    if (!name.isEmpty()) {
        auto* label = new QLabel(name, box);
        label->setProperty("role", QStringLiteral("muted"));
        label->setBuddy(editor);
        layout->addWidget(label);
        if (editor == basis_)
            basisName_ = label;
    }
    editor->setAccessibleName(name);
    editor->setToolTip(help);
    layout->addWidget(editor);
    row->addWidget(box);
    return box;
}

void ProjectionBar::setChoice(const ProjectionChoice& choice) {
    choice_ = choice;
    isFilling_ = true;
    perplexity_->setValue(choice.perplexity);
    iterations_->setValue(choice.iterations);
    neighbors_->setValue(choice.neighbors);
    distance_->setValue(choice.minDistance);
    basis_->setCurrentIndex(choice.basis == ProjectionBasis::Last ? 0 : 1);
    scope_->setCurrentIndex(choice.allSnapshots ? 0 : 1);
    seed_->setValue(static_cast<int>(choice.seed));
    isFilling_ = false;
    refresh();
}

void ProjectionBar::setExtent(int snapshots, std::int64_t points) {
    snapshots_ = snapshots;
    points_ = points;
    refresh();
}

void ProjectionBar::changed() {
    if (isFilling_)
        return;
    choice_.perplexity = perplexity_->value();
    choice_.iterations = iterations_->value();
    choice_.neighbors = neighbors_->value();
    choice_.minDistance = distance_->value();
    choice_.basis = basis_->currentIndex() == 0 ? ProjectionBasis::Last : ProjectionBasis::First;
    choice_.allSnapshots = scope_->currentIndex() == 0;
    choice_.seed = static_cast<std::uint64_t>(seed_->value());
    emit choiceChanged(choice_);
}

void ProjectionBar::setState(State state) {
    if (state == State::Running && state_ != State::Running && state_ != State::Paused)
        startedMs_ = QDateTime::currentMSecsSinceEpoch();
    state_ = state;
    refresh();
}

void ProjectionBar::setProgress(const ProjectionProgress& progress) {
    progress_->setValue(static_cast<int>(std::lround(1000 * progress.share)));
    const QLocale locale;
    QStringList words;
    if (progress.total > 0)
        words << tr("iteration %1 of %2")
                     .arg(locale.toString(progress.iteration), locale.toString(progress.total));
    else
        words << tr("finding neighbors");
    if (progress.snapshots > 1)
        words << tr("snapshot %1 of %2").arg(progress.snapshot + 1).arg(progress.snapshots);
    if (std::isfinite(progress.cost) && progress.cost != 0)
        words << (choice_.method == ProjectionMethod::Tsne ? tr("KL %1") : tr("cost %1"))
                     .arg(formatNumber(progress.cost, 3, locale));
    if (state_ == State::Paused) {
        words.prepend(tr("paused"));
    } else if (progress.share > kLeastShare) {
        const double spent = static_cast<double>(QDateTime::currentMSecsSinceEpoch() - startedMs_);
        words << tr("%1 left").arg(
            durationText(static_cast<std::int64_t>(spent * (1 - progress.share) / progress.share)));
    }
    status_->setFullText(words.join(QStringLiteral(", ")));
}

QString ProjectionBar::statusText() const {
    return status_->fullText();
}

void ProjectionBar::setRemark(const QString& text, bool isBad) {
    remark_ = text;
    remarkIsBad_ = isBad;
    refresh();
}

void ProjectionBar::refresh() {
    const bool isRunning = state_ == State::Running || state_ == State::Paused;
    const bool isTsne = choice_.method == ProjectionMethod::Tsne;
    const bool isUmap = choice_.method == ProjectionMethod::Umap;
    const bool isLong = isTsne || isUmap;
    arrange();
    status_->show();
    settings_->setVisible(!isRunning && choice_.method != ProjectionMethod::Recorded);
    perplexityField_->setVisible(isTsne);
    iterationsField_->setVisible(isTsne);
    neighborsField_->setVisible(isUmap);
    distanceField_->setVisible(isUmap);
    seedField_->setVisible(isLong);
    basisField_->setVisible(snapshots_ > 1 && (!isLong || choice_.allSnapshots));
    basisName_->setText(isLong ? tr("From") : tr("Axes of"));
    scopeField_->setVisible(isLong && snapshots_ > 1);
    progress_->setVisible(isRunning);
    start_->setVisible(!isRunning && isLong);
    start_->setEnabled(state_ == State::Wanted);
    start_->setToolTip(
        state_ == State::Wanted
            ? tr("Computes %1 of %L2 points").arg(projectionTitle(choice_.method)).arg(points_)
            : tr("This is what is shown"));
    pause_->setVisible(isRunning);
    pause_->setText(state_ == State::Paused ? tr("Continue") : tr("Pause"));
    pause_->setIcon(
        icon(state_ == State::Paused ? QStringLiteral("resume") : QStringLiteral("pause")));
    pause_->setAccessibleName(pause_->text());
    cancel_->setVisible(isRunning);
    if (isRunning) {
        status_->setProperty("role", QStringLiteral("muted"));
    } else {
        QString text = remark_;
        if (text.isEmpty() && state_ == State::Wanted)
            text = tr("The picture stays until this one is computed.");
        status_->setFullText(text);
        status_->setProperty("role",
                             remarkIsBad_ ? QStringLiteral("bad") : QStringLiteral("muted"));
    }
    status_->style()->unpolish(status_);
    status_->style()->polish(status_);
}

} // namespace inlay::widgets
