#pragma once

#include <QWidget>

class QDockWidget;
class QLabel;

namespace inlay::app {

/// Title row of a dock: name, a muted sentence, buttons to float and to close it.
class DockTitle : public QWidget {
    Q_OBJECT

public:
    explicit DockTitle(QDockWidget* dock);

    void setSummary(const QString& text);
    QSize sizeHint() const override { return minimumSizeHint(); }
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QLabel* summary_;
};

} // namespace inlay::app
