#pragma once

#include <QWidget>

class QCompleter;
class QLabel;
class QLineEdit;
class QStringListModel;

namespace inlay::widgets {

/// The query bar of the run table: completes the word under the cursor and says what is wrong with
/// the text below it.
class QueryBar : public QWidget {
    Q_OBJECT

public:
    explicit QueryBar(QWidget* parent = nullptr);

    QString text() const;
    void setText(const QString& text);
    /// An empty sentence takes the line away.
    void setIssue(const QString& sentence);
    QString issue() const;
    /// What words may begin with: "kind:train", "test/accuracy", "network.width".
    void setWords(const QStringList& words);
    /// A control at the right end of the line.
    void addEnd(QWidget* widget);
    QLineEdit* edit() const { return edit_; }

signals:
    void textChanged(const QString& text);

private:
    QLineEdit* edit_;
    QLabel* issue_;
    QStringListModel* words_;
};

} // namespace inlay::widgets
