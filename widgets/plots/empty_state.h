#pragma once

#include <QWidget>

class QAction;
class QLabel;
class QPushButton;

namespace inlay::widgets {

/// What a view shows before it has anything to show: icon, heading, a sentence, at most one action.
class EmptyState : public QWidget {
    Q_OBJECT

public:
    EmptyState(const QString& iconName, const QString& heading, const QString& text,
               QWidget* parent = nullptr);

    void setHeading(const QString& heading);
    void setText(const QString& text);
    /// A button that triggers `action`; null takes it away.
    void setAction(QAction* action);

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void restyle();
    void fitText();

    QString iconName_;
    QLabel* icon_;
    QLabel* heading_;
    QLabel* text_;
    QPushButton* button_;
    QAction* action_ = nullptr;
};

} // namespace inlay::widgets
