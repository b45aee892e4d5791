#include "widgets/forms/number_edit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QWheelEvent>

#include "widgets/theme/metrics.h"

namespace inlay::widgets {

using engine::FieldInfo;
using engine::FieldType;
using engine::Json;

namespace {

QLocale plainLocale() {
    QLocale locale;
    locale.setNumberOptions(QLocale::OmitGroupSeparator | QLocale::RejectGroupSeparator);
    return locale;
}

/// The next of …, 0.1, 0.2, 0.5, 1, 2, 5, 10, … above (direction 1) or below (-1) a positive value.
double nextFactor(double value, int direction) {
    static constexpr double kMantissas[] = {1, 2, 5};
    double best = direction > 0 ? std::numeric_limits<double>::infinity() : 0.0;
    const int exponent = static_cast<int>(std::floor(std::log10(value)));
    for (int e = exponent - 1; e <= exponent + 1; ++e) {
        for (const double mantissa : kMantissas) {
            const double candidate = mantissa * std::pow(10.0, e);
            const double tolerance = 1e-9 * candidate;
            if (direction > 0 && candidate > value + tolerance)
                best = std::min(best, candidate);
            if (direction < 0 && candidate < value - tolerance)
                best = std::max(best, candidate);
        }
    }
    return best;
}

/// Without the digits that adding steps like 0.1 leaves behind.
double rounded(double value) {
    return QString::number(value, 'g', 12).toDouble();
}

} // namespace

Json numberFromText(const QString& text, FieldType type) {
    const QString trimmed = text.trimmed();
    const QLocale locale = plainLocale();
    const bool whole = type == FieldType::Integer || type == FieldType::IntegerList;
    bool ok = false;
    const qlonglong integer = locale.toLongLong(trimmed, &ok);
    if (ok)
        return whole ? Json(std::int64_t{integer}) : Json(static_cast<double>(integer));
    double real = locale.toDouble(trimmed, &ok);
    if (!ok)
        real = QLocale::c().toDouble(trimmed, &ok);
    if (!ok || !std::isfinite(real))
        return {};
    constexpr double kLargestExact = 9007199254740992.0;
    if (whole && real == std::floor(real) && std::abs(real) <= kLargestExact)
        return static_cast<std::int64_t>(real);
    return real;
}

QString textFromNumber(const Json& value) {
    if (value.is_number_integer())
        return QString::number(value.get<std::int64_t>());
    QString text = QString::fromStdString(engine::numberText(value.get<double>()));
    return text.replace(QLatin1Char('.'), plainLocale().decimalPoint());
}

NumberEdit::NumberEdit(FieldInfo field, QWidget* parent)
    : QAbstractSpinBox(parent)
    , field_(std::move(field)) {
    setFocusPolicy(Qt::StrongFocus);
    setCorrectionMode(CorrectToPreviousValue);
    setAccelerated(true);
    connect(lineEdit(), &QLineEdit::textChanged, this, &NumberEdit::edited);
    if (field_.unit.empty())
        return;
    auto* unit = new QLabel(QString::fromStdString(field_.unit), lineEdit());
    unit->setProperty("role", QStringLiteral("muted"));
    unit->setAttribute(Qt::WA_TransparentForMouseEvents);
    auto* layout = new QHBoxLayout(lineEdit());
    layout->setContentsMargins(0, 0, scaled(2, font()), 0);
    layout->addStretch(1);
    layout->addWidget(unit);
    lineEdit()->setTextMargins(0, 0, unit->sizeHint().width() + scaled(4, font()), 0);
}

Json NumberEdit::value() const {
    const Json number = numberFromText(text(), field_.type);
    return number.is_null() ? Json(text().toStdString()) : number;
}

void NumberEdit::setValue(const Json& value) {
    const QString shown = value.is_number()   ? textFromNumber(value)
                          : value.is_string() ? QString::fromStdString(value.get<std::string>())
                                              : QString::fromStdString(engine::dumpJson(value));
    if (shown != text() && value != this->value())
        lineEdit()->setText(shown);
    lineEdit()->setCursorPosition(0);
}

double NumberEdit::stepped(double value, int steps) const {
    if (field_.logScale && value > 0) {
        for (int i = 0; i < std::abs(steps); ++i)
            value = nextFactor(value, steps > 0 ? 1 : -1);
        return value;
    }
    double size = field_.step.value_or(1.0);
    if (!field_.step && field_.type == FieldType::Real && std::abs(value) < 10.0)
        size = std::abs(value) < 0.1 && value != 0.0 ? std::pow(10, std::floor(std::log10(value)))
                                                     : 0.1;
    return value + steps * size;
}

void NumberEdit::stepBy(int steps) {
    const Json now = value();
    if (!now.is_number())
        return;
    double next = stepped(now.get<double>(), steps);
    double low = static_cast<double>(field_.typeMinimum);
    double high = static_cast<double>(field_.typeMaximum);
    if (field_.type == FieldType::Real) {
        low = -std::numeric_limits<double>::max();
        high = std::numeric_limits<double>::max();
    }
    low = std::max(low, field_.minimum.value_or(low));
    high = std::min(high, field_.maximum.value_or(high));
    const bool excluded = (field_.minimumOpen && field_.minimum && next <= low) ||
                          (field_.maximumOpen && field_.maximum && next >= high);
    if (excluded)
        return;
    next = std::clamp(rounded(next), low, high);
    setValue(field_.type == FieldType::Integer ? Json(static_cast<std::int64_t>(std::llround(next)))
                                               : Json(next));
    selectAll();
}

QValidator::State NumberEdit::validate(QString&, int&) const {
    return QValidator::Acceptable;
}

QAbstractSpinBox::StepEnabled NumberEdit::stepEnabled() const {
    const Json now = value();
    if (!now.is_number())
        return StepNone;
    StepEnabled enabled = StepNone;
    if (!field_.maximum || now.get<double>() < *field_.maximum)
        enabled |= StepUpEnabled;
    if (!field_.minimum || now.get<double>() > *field_.minimum)
        enabled |= StepDownEnabled;
    return enabled;
}

QSize NumberEdit::sizeHint() const {
    ensurePolished();
    return {scaled(84, font()), QAbstractSpinBox::sizeHint().height()};
}

QSize NumberEdit::minimumSizeHint() const {
    return {scaled(56, font()), sizeHint().height()};
}

void NumberEdit::wheelEvent(QWheelEvent* event) {
    // Scrolling the form must not change what lies under the pointer.
    if (hasFocus())
        QAbstractSpinBox::wheelEvent(event);
    else
        event->ignore();
}

} // namespace inlay::widgets
