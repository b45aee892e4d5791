#pragma once

#include <QComboBox>

namespace inlay::widgets {

/// A choice whose text ends in "…" where there is no room; the whole is in the tool tip.
class ElidedCombo : public QComboBox {
    Q_OBJECT

public:
    /// `about` says what is chosen here.
    ElidedCombo(const QString& about, QWidget* parent);

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    QString about_;
};

} // namespace inlay::widgets
