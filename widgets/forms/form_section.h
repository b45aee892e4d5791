#pragma once

#include <QWidget>

class QLabel;
class QToolButton;
class QVBoxLayout;

namespace inlay::widgets {

/// A foldable group of a form; folded it shows a one-line summary. Seldom used rows lie folded
/// under "More" at its end.
class FormSection : public QWidget {
    Q_OBJECT

public:
    FormSection(const QString& title, QWidget* parent);

    enum class Rows { Main, More };
    /// Takes the rows in this order; those it had before and that are not named leave its layouts.
    void setRows(Rows which, const QList<QWidget*>& rows);
    /// A widget between the rows and "More", e.g. the cost card.
    void setFooter(QWidget* footer);
    void setSummary(const QString& summary);

    bool isFolded() const;
    void setFolded(bool folded);
    bool isMoreShown() const;
    void setMoreShown(bool shown);
    QString title() const;
    QToolButton* header() const { return header_; }
    QToolButton* moreButton() const { return more_; }

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void showSummary();

    QToolButton* header_ = nullptr;
    QLabel* summary_ = nullptr;
    QString summaryText_;
    QWidget* body_ = nullptr;
    QVBoxLayout* main_ = nullptr;
    QVBoxLayout* footer_ = nullptr;
    QToolButton* more_ = nullptr;
    QWidget* moreBody_ = nullptr;
    QVBoxLayout* moreRows_ = nullptr;
};

} // namespace inlay::widgets
