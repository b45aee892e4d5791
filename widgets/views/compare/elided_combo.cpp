#include "widgets/views/compare/elided_combo.h"

#include <QEvent>
#include <QStyleOptionComboBox>
#include <QStylePainter>

namespace inlay::widgets {

ElidedCombo::ElidedCombo(const QString& about, QWidget* parent)
    : QComboBox(parent)
    , about_(about) {
    setToolTip(about);
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void ElidedCombo::paintEvent(QPaintEvent*) {
    QStylePainter painter(this);
    QStyleOptionComboBox option;
    initStyleOption(&option);
    const int room =
        style()
            ->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, this)
            .width();
    option.currentText = fontMetrics().elidedText(option.currentText, Qt::ElideRight, room - 2);
    painter.drawComplexControl(QStyle::CC_ComboBox, option);
    painter.drawControl(QStyle::CE_ComboBoxLabel, option);
}

bool ElidedCombo::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip)
        setToolTip(currentText().isEmpty() ? about_
                                           : about_ + QStringLiteral(": ") + currentText());
    return QComboBox::event(event);
}

} // namespace inlay::widgets
