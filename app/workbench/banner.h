#pragma once

#include <QFrame>

class QLabel;

namespace inlay::app {

/// A sentence above the views about something that went wrong, with what to do; it stays until it
/// is closed or no longer true.
class Banner : public QFrame {
    Q_OBJECT

public:
    /// Why the banner shows; a cause that ends takes only its own sentence away.
    enum class Cause { None, Store, Work };

    explicit Banner(QWidget* parent = nullptr);

    void show(Cause cause, const QString& sentence);
    void clear(Cause cause);
    QString text() const;

private:
    QLabel* icon_;
    QLabel* text_;
    Cause cause_ = Cause::None;
};

} // namespace inlay::app
