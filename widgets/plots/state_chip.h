#pragma once

#include <QWidget>

#include "widgets/theme/tokens.h"

namespace inlay::widgets {

enum class RunState { Queued, Running, Paused, Finished, Stopped, Failed, Diverged, Lost };

/// Reads the store's word for a state ("running"); unknown words give Lost.
RunState runStateFrom(const QString& status);
QString runStateTitle(RunState state);
/// Name of the state's icon, and the color token it is drawn in.
QString runStateIcon(RunState state);
QColor runStateColor(RunState state, const Tokens& tokens);

/// A rounded chip with icon and word, e.g. "Running".
class StateChip : public QWidget {
    Q_OBJECT

public:
    explicit StateChip(QWidget* parent = nullptr);

    void setState(RunState state);
    RunState state() const { return state_; }
    /// Words in place of the state's title ("Optimal", "Gap 0.3 %"); empty for the title.
    void setText(const QString& text);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    QString shownText() const;
    void updateNames();

    RunState state_ = RunState::Queued;
    QString text_;
};

} // namespace inlay::widgets
