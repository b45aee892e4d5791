#include "widgets/runs/query_bar.h"

#include <QAbstractItemView>
#include <QAction>
#include <QCompleter>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QStringListModel>
#include <QVBoxLayout>

#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {
namespace {

/// Completes the last word of a line.
class WordCompleter : public QCompleter {
public:
    using QCompleter::QCompleter;

    QStringList splitPath(const QString& path) const override {
        return {path.mid(path.lastIndexOf(QLatin1Char(' ')) + 1)};
    }
    QString pathFromIndex(const QModelIndex& index) const override {
        const QString text = qobject_cast<QLineEdit*>(widget())->text();
        return text.left(text.lastIndexOf(QLatin1Char(' ')) + 1) +
               index.data(Qt::EditRole).toString();
    }
};

} // namespace

QueryBar::QueryBar(QWidget* parent)
    : QWidget(parent)
    , edit_(new QLineEdit)
    , issue_(new QLabel)
    , words_(new QStringListModel(this)) {
    auto* layout = new QVBoxLayout(this);
    const int side = scaled(8, font());
    layout->setContentsMargins(side, scaled(7, font()), side, scaled(7, font()));
    layout->setSpacing(scaled(4, font()));
    auto* line = new QHBoxLayout;
    line->setSpacing(scaled(measure::kGap, font()));
    line->addWidget(edit_, 1);
    layout->addLayout(line);
    layout->addWidget(issue_);
    issue_->setWordWrap(true);
    issue_->setProperty("role", QStringLiteral("bad"));
    issue_->hide();
    edit_->setPlaceholderText(tr("Filter runs, e.g. operator:stl"));
    edit_->setAccessibleName(tr("Filter runs"));
    edit_->setToolTip(tr("Words, kind: operator: dataset: tag: state: and key OP number, "
                         "e.g. operator:stl test/accuracy>0.95 -tag:old"));
    edit_->setClearButtonEnabled(true);
    edit_->addAction(icon(QStringLiteral("search"), IconColor::Muted), QLineEdit::LeadingPosition);
    auto* completer = new WordCompleter(words_, this);
    completer->setCaseSensitivity(Qt::CaseInsensitive);
    completer->setFilterMode(Qt::MatchContains);
    completer->setMaxVisibleItems(10);
    edit_->setCompleter(completer);
    connect(edit_, &QLineEdit::textChanged, this, &QueryBar::textChanged);
}

QString QueryBar::text() const {
    return edit_->text();
}

void QueryBar::setText(const QString& text) {
    edit_->setText(text);
}

void QueryBar::setIssue(const QString& sentence) {
    issue_->setText(sentence);
    issue_->setVisible(!sentence.isEmpty());
    edit_->setAccessibleDescription(sentence);
}

QString QueryBar::issue() const {
    return issue_->text();
}

void QueryBar::setWords(const QStringList& words) {
    if (words != words_->stringList())
        words_->setStringList(words);
}

void QueryBar::addEnd(QWidget* widget) {
    static_cast<QHBoxLayout*>(layout()->itemAt(0)->layout())->addWidget(widget);
}

} // namespace inlay::widgets
