#include "widgets/operators/cost_card.h"

#include <cmath>

#include <QGraphicsOpacityEffect>
#include <QGridLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QVBoxLayout>

#include "widgets/plots/numbers.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {

using engine::CostSide;
using engine::TrainingCost;

namespace {

/// "3.18 M": three digits and a factor.
QString count(double value) {
    static constexpr std::pair<double, const char*> kUnits[] = {
        {1e12, " T"}, {1e9, " G"}, {1e6, " M"}, {1e3, " k"}};
    for (const auto& [factor, unit] : kUnits)
        if (value >= 0.9995 * factor)
            return formatNumber(value / factor, 3, QLocale()) + QLatin1String(unit);
    return formatNumber(value, value < 100 ? 2 : 3, QLocale());
}

QString duration(double seconds) {
    static constexpr std::pair<double, const char*> kUnits[] = {
        {1.0, " s"}, {1e-3, " ms"}, {1e-6, " µs"}};
    for (const auto& [factor, unit] : kUnits)
        if (seconds >= factor)
            return formatNumber(seconds / factor, 3, QLocale()) + QString::fromUtf8(unit);
    return formatNumber(seconds / 1e-9, 3, QLocale()) + QStringLiteral(" ns");
}

QString times(double factor) {
    return formatNumber(factor, 3, QLocale()) + QString::fromUtf8("×");
}

QLabel* number(QWidget* parent) {
    auto* label = new QLabel(parent);
    label->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    return label;
}

QString flagSentence(const std::string& flag) {
    if (flag == "mixes_samples")
        return CostCard::tr("Mixes samples: a prediction depends on the others of its batch.");
    if (flag == "leaks_future")
        return CostCard::tr("Leaks the future: a token sees later ones of its tile.");
    return QString::fromStdString(flag);
}

void addRemark(QVBoxLayout* layout, const QString& iconName, IconColor color,
               const QString& sentence) {
    auto* row = new QWidget;
    auto* inner = new QGridLayout(row);
    inner->setContentsMargins(0, 0, 0, 0);
    inner->setHorizontalSpacing(scaled(5, row->font()));
    auto* mark = new QLabel(row);
    mark->setPixmap(icon(iconName, color).pixmap(scaled(13, row->font())));
    mark->setAccessibleName(color == IconColor::Warn ? CostCard::tr("Warning")
                                                     : CostCard::tr("Note"));
    auto* text = new QLabel(sentence, row);
    text->setWordWrap(true);
    text->setFont(fontsFor(row->font()).small);
    text->setProperty("role",
                      color == IconColor::Warn ? QStringLiteral("warn") : QStringLiteral("muted"));
    inner->addWidget(mark, 0, 0, Qt::AlignTop);
    inner->addWidget(text, 0, 1);
    inner->setColumnStretch(1, 1);
    layout->addWidget(row);
}

} // namespace

CostCard::CostCard(QWidget* parent)
    : QFrame(parent) {
    setProperty("card", true);
    setAccessibleName(tr("Cost, live"));
    layout_ = new QVBoxLayout(this);
    layout_->setContentsMargins(scaled(9, font()), scaled(7, font()), scaled(9, font()),
                                scaled(7, font()));
    layout_->setSpacing(scaled(5, font()));
    grid_ = new QGridLayout;
    grid_->setHorizontalSpacing(scaled(8, font()));
    grid_->setVerticalSpacing(scaled(3, font()));
    grid_->setColumnStretch(0, 1);
    auto* title = new QLabel(tr("Cost, live"), this);
    title->setProperty("role", QStringLiteral("title"));
    auto* dense = number(this);
    dense->setText(tr("dense"));
    dense->setProperty("role", QStringLiteral("muted"));
    auto* now = number(this);
    now->setText(tr("now"));
    now->setProperty("role", QStringLiteral("muted"));
    grid_->addWidget(title, 0, 0);
    grid_->addWidget(dense, 0, 1);
    grid_->addWidget(now, 0, 2);
    parameters_ = addLine(tr("Parameters"));
    work_ = addLine(tr("Work, sample"));
    work_.title->setToolTip(tr("Multiply-adds of one sample's forward pass"));
    step_ = addLine(tr("Step, predicted"));
    step_.title->setToolTip(tr(
        "Forward, loss, backward and optimizer of one batch, from measurements of this machine"));
    unmeasured_ = number(this);
    unmeasured_->setText(tr("not measured"));
    unmeasured_->setProperty("role", QStringLiteral("muted"));
    grid_->addWidget(unmeasured_, grid_->rowCount() - 1, 1, 1, 3);
    layout_->addLayout(grid_);

    rule_ = new QFrame(this);
    rule_->setProperty("separator", true);
    rule_->setFixedHeight(1);
    layout_->addWidget(rule_);
    facts_ = new QGridLayout;
    facts_->setHorizontalSpacing(scaled(8, font()));
    facts_->setVerticalSpacing(scaled(2, font()));
    facts_->setColumnStretch(0, 1);
    speedup_ = addFact();
    breakEven_ = addFact();
    layout_->addLayout(facts_);

    measure_ = new QPushButton(tr("Measure this machine"), this);
    measure_->setToolTip(tr("Times the ops of layers once, for predicted times; at most 20 s"));
    measure_->setAccessibleName(measure_->text());
    layout_->addWidget(measure_, 0, Qt::AlignLeft);
    connect(measure_, &QPushButton::clicked, this, &CostCard::measureWanted);
}

CostCard::Line CostCard::addLine(const QString& title) {
    const Line line{new QLabel(title, this), number(this), number(this), number(this)};
    line.dense->setProperty("role", QStringLiteral("muted"));
    line.ratio->setProperty("role", QStringLiteral("title"));
    const int row = grid_->rowCount();
    grid_->addWidget(line.title, row, 0);
    grid_->addWidget(line.dense, row, 1);
    grid_->addWidget(line.now, row, 2);
    grid_->addWidget(line.ratio, row, 3);
    return line;
}

CostCard::Fact CostCard::addFact() {
    const Fact fact{new QLabel(this), number(this)};
    fact.title->setFont(fontsFor(font()).small);
    fact.title->setProperty("role", QStringLiteral("muted"));
    fact.title->setWordWrap(true);
    fact.value->setFont(fontsFor(font()).small);
    const int row = facts_->rowCount();
    facts_->addWidget(fact.title, row, 0);
    facts_->addWidget(fact.value, row, 1);
    return fact;
}

void CostCard::setCost(const TrainingCost& cost, const QString& problem) {
    setFaint(false);
    const auto show = [](const Line& line, double dense, double now, QString (*format)(double)) {
        line.dense->setText(format(dense));
        line.now->setText(format(now));
        line.ratio->setText(dense > 0 ? times(now / dense) : QString());
    };
    show(parameters_, double(cost.dense.parameters), double(cost.now.parameters), count);
    show(work_, cost.dense.multiplyAddsPerSample, cost.now.multiplyAddsPerSample, count);
    measured_ = cost.now.stepSeconds && cost.dense.stepSeconds;
    if (measured_)
        show(step_, *cost.dense.stepSeconds, *cost.now.stepSeconds, duration);
    for (QLabel* label : {step_.dense, step_.now, step_.ratio})
        label->setVisible(measured_);
    unmeasured_->setVisible(!measured_);
    measure_->setVisible(!measured_);

    const bool structured = cost.structuredLayers > 0;
    rule_->setVisible(structured);
    for (const Fact& fact : {speedup_, breakEven_}) {
        fact.title->setVisible(structured);
        fact.value->setVisible(structured);
    }
    speedup_.title->setText(tr("FLOP speed-up, layers"));
    speedup_.value->setText(
        cost.speedupLimit
            ? tr("%1, limit t³/r %2").arg(times(cost.layerSpeedup), times(*cost.speedupLimit))
            : times(cost.layerSpeedup));
    breakEven_.title->setText(measured_ ? tr("Break-even width, time")
                                        : tr("Break-even width, FLOP"));
    breakEven_.title->setToolTip(tr("Smallest square layer that takes less than dense for %1 rows")
                                     .arg(formatStep(double(cost.breakEvenRows), QLocale())));
    breakEven_.value->setText(
        cost.breakEvenWidth
            ? tr("k = m ≈ %1").arg(formatStep(double(*cost.breakEvenWidth), QLocale()))
            : tr("none up to %1").arg(formatStep(double(engine::kLargestBreakEven), QLocale())));
    setRemarks(cost, problem);
    setAccessibleDescription(text());
}

void CostCard::setRemarks(const TrainingCost& cost, const QString& problem) {
    delete remarks_;
    remarks_ = new QWidget(this);
    auto* layout = new QVBoxLayout(remarks_);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(scaled(2, font()));
    for (const std::string& flag : cost.flags)
        addRemark(layout, QStringLiteral("warning"), IconColor::Warn, flagSentence(flag));
    if (!problem.isEmpty())
        addRemark(layout, QStringLiteral("warning"), IconColor::Warn, problem);
    if (cost.paddedLayers > 0)
        addRemark(layout, QStringLiteral("info"), IconColor::Muted,
                  tr("%n layer(s) padded, %1 % more work in them.", nullptr,
                     static_cast<int>(cost.paddedLayers))
                      .arg(formatNumber(100 * cost.paddedWork, 2, QLocale())));
    for (const std::string& note : cost.notes)
        addRemark(layout, QStringLiteral("info"), IconColor::Muted, QString::fromStdString(note));
    remarks_->setVisible(layout->count() > 0);
    layout_->insertWidget(layout_->count() - 1, remarks_);
}

void CostCard::setOutdated() {
    setFaint(true);
}

void CostCard::setFaint(bool faint) {
    if (!faint) {
        setGraphicsEffect(nullptr);
        return;
    }
    auto* effect = new QGraphicsOpacityEffect(this);
    effect->setOpacity(0.5);
    setGraphicsEffect(effect);
}

void CostCard::setMeasuring(Measuring measuring) {
    const bool busy = measuring == Measuring::Yes;
    measure_->setEnabled(!busy);
    measure_->setText(busy ? tr("Measuring this machine…") : tr("Measure this machine"));
}

QString CostCard::text() const {
    QStringList lines;
    for (const Line& line : {parameters_, work_, step_})
        if (line.dense->isHidden())
            lines << line.title->text() + QLatin1Char(' ') + unmeasured_->text();
        else
            lines << QStringList{line.title->text(), line.dense->text(), line.now->text(),
                                 line.ratio->text()}
                         .join(QLatin1Char(' '));
    for (const Fact& fact : {speedup_, breakEven_})
        if (!fact.title->isHidden())
            lines << fact.title->text() + QLatin1Char(' ') + fact.value->text();
    if (remarks_)
        for (const QLabel* label : remarks_->findChildren<QLabel*>())
            if (!label->text().isEmpty())
                lines << label->text();
    return lines.join(QLatin1Char('\n'));
}

} // namespace inlay::widgets
