#pragma once

#include <QAbstractSpinBox>

#include "engine/base/json.h"
#include "engine/schema/field.h"

namespace inlay::widgets {

/// A number as people type it in their locale, whose digits a locale with a decimal point may use
/// as well; never grouped. Empty when the text is no number.
engine::Json numberFromText(const QString& text, engine::FieldType type);
/// The shortest text that gives the number again, with the locale's decimal sign.
QString textFromNumber(const engine::Json& value);

/// A spin box for a number of a schema. Unlike Qt's it takes 64-bit integers and exponents, steps
/// through 1, 2, 5, 10 where the field is thought of in factors, and shows what is out of range or
/// no number at all instead of changing it: what is wrong is said beside it.
class NumberEdit : public QAbstractSpinBox {
    Q_OBJECT

public:
    explicit NumberEdit(engine::FieldInfo field, QWidget* parent = nullptr);

    /// The number; the text itself when it is none.
    engine::Json value() const;
    void setValue(const engine::Json& value);

    void stepBy(int steps) override;
    QValidator::State validate(QString& text, int& position) const override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void edited();

protected:
    StepEnabled stepEnabled() const override;
    void wheelEvent(QWheelEvent* event) override;

private:
    double stepped(double value, int steps) const;

    engine::FieldInfo field_;
};

} // namespace inlay::widgets
