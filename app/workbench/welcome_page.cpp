#include "app/workbench/welcome_page.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "widgets/runs/run_columns.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"

namespace inlay::app {

using namespace widgets;

namespace {

QLabel* paragraph(const QFont& font) {
    auto* label = new QLabel;
    label->setFont(font);
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);
    return label;
}

/// A card that acts as one button: title, a line about it, a chevron.
class Card : public QPushButton {
public:
    Card(const QString& title, const QString& about, QWidget* parent)
        : QPushButton(parent) {
        setProperty("card", true);
        setAccessibleName(title);
        setAccessibleDescription(about);
        setCursor(Qt::PointingHandCursor);
        auto* row = new QHBoxLayout(this);
        row->setContentsMargins(scaled(12, font()), scaled(9, font()), scaled(12, font()),
                                scaled(9, font()));
        row->setSpacing(scaled(12, font()));
        auto* picture = new QLabel;
        picture->setPixmap(
            widgets::icon(QStringLiteral("layers"), IconColor::Accent).pixmap(scaled(18, font())));
        row->addWidget(picture);
        auto* words = new QVBoxLayout;
        words->setSpacing(scaled(2, font()));
        auto* head = paragraph(fontsFor(font()).title);
        head->setText(title);
        words->addWidget(head);
        auto* body = paragraph(font());
        body->setText(about);
        body->setProperty("role", QStringLiteral("muted"));
        words->addWidget(body);
        row->addLayout(words, 1);
        auto* chevron = new QLabel;
        chevron->setPixmap(widgets::icon(QStringLiteral("chevron-right"), IconColor::Muted)
                               .pixmap(scaled(14, font())));
        row->addWidget(chevron);
        for (QLabel* label : findChildren<QLabel*>())
            label->setAttribute(Qt::WA_TransparentForMouseEvents);
    }

    QSize sizeHint() const override { return layout()->sizeHint(); }
    QSize minimumSizeHint() const override { return layout()->minimumSize(); }
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override { return layout()->heightForWidth(width); }
};

} // namespace

WelcomePage::WelcomePage(QWidget* parent)
    : QWidget(parent)
    , run_(new QPushButton)
    , change_(new QPushButton)
    , othersSide_(new QWidget)
    , others_(new QVBoxLayout) {
    const Fonts fonts = fontsFor(font());
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(scaled(40, font()), scaled(32, font()), scaled(40, font()),
                              scaled(24, font()));
    auto* row = new QHBoxLayout;
    row->setSpacing(scaled(48, font()));
    outer->addLayout(row);
    outer->addStretch(1);

    auto* left = new QVBoxLayout;
    left->setSpacing(scaled(12, font()));
    heading_ = paragraph(fonts.heading);
    left->addWidget(heading_);
    text_ = paragraph(font());
    left->addWidget(text_);
    auto* buttons = new QHBoxLayout;
    run_->setProperty("primary", true);
    run_->setIcon(icon(QStringLiteral("run"), IconColor::OnAccent));
    run_->setMinimumHeight(scaled(32, font()));
    change_->setMinimumHeight(scaled(32, font()));
    change_->hide();
    buttons->addWidget(run_);
    buttons->addWidget(change_);
    buttons->addStretch(1);
    left->addSpacing(scaled(6, font()));
    left->addLayout(buttons);
    promise_ = paragraph(font());
    promise_->setProperty("role", QStringLiteral("muted"));
    left->addWidget(promise_);
    auto* open = new QPushButton(tr("Open a project…"));
    open->setIcon(icon(QStringLiteral("folder"), IconColor::Accent));
    auto* ways = new QHBoxLayout;
    ways->addWidget(open);
    ways->addStretch(1);
    left->addSpacing(scaled(6, font()));
    left->addLayout(ways);
    left->addStretch(1);
    row->addLayout(left, 1);

    auto* right = new QVBoxLayout(othersSide_);
    right->setContentsMargins(0, 0, 0, 0);
    right->setSpacing(scaled(8, font()));
    auto* caption = paragraph(font());
    caption->setText(tr("Other things to try, each with its own set-up"));
    caption->setProperty("role", QStringLiteral("muted"));
    right->addWidget(caption);
    others_->setSpacing(scaled(8, font()));
    right->addLayout(others_);
    auto* note = paragraph(fonts.small);
    note->setText(tr("Each example is a project file. Keep it, change it, or copy it."));
    note->setProperty("role", QStringLiteral("muted"));
    right->addWidget(note);
    right->addStretch(1);
    row->addWidget(othersSide_, 1);
    othersSide_->hide();

    connect(run_, &QPushButton::clicked, this, &WelcomePage::runWanted);
    connect(open, &QPushButton::clicked, this, &WelcomePage::openWanted);
}

void WelcomePage::setProject(const OpenedProject& project, std::size_t runs, Example example) {
    const bool isSound = project.parsed.project.has_value() && project.parsed.issues.empty();
    run_->setEnabled(isSound && runs > 0);
    run_->setVisible(isSound);
    const QString many = runCountText(static_cast<std::int64_t>(runs));
    run_->setText(example == Example::Yes ? tr("Run the example")
                  : runs > 1              ? tr("Run all %1").arg(many)
                                          : tr("Run"));
    heading_->setText(example == Example::Yes ? tr("See what a cheaper layer costs")
                      : isSound ? QString::fromStdString(project.parsed.project->title)
                                : tr("No project is open"));
    QString text;
    if (!project.parsed.issues.empty())
        text = QString::fromStdString(engine::joinMessages(project.parsed.issues));
    else if (isSound)
        text = QString::fromStdString(project.parsed.project->notes);
    else
        text = tr("Open a project to see what it does, then run it.");
    text_->setText(text);
    const QString promise =
        runs > 1 ? tr("%1, one after the other. Nothing leaves this computer.").arg(many)
                 : tr("Nothing leaves this computer.");
    promise_->setText(isSound ? promise : QString());
}

void WelcomePage::setOthers(const std::vector<OpenedProject>& others) {
    while (QLayoutItem* item = others_->takeAt(0)) {
        if (QWidget* widget = item->widget())
            widget->deleteLater();
        delete item;
    }
    for (const OpenedProject& other : others) {
        if (!other.parsed.project)
            continue;
        auto* card = new Card(QString::fromStdString(other.parsed.project->title),
                              QString::fromStdString(other.parsed.project->notes), othersSide_);
        connect(card, &QPushButton::clicked, this,
                [this, path = other.path] { emit projectWanted(path); });
        others_->addWidget(card);
    }
    othersSide_->setVisible(others_->count() > 0);
}

void WelcomePage::setChangeAction(const QString& text, QAction* action) {
    change_->setText(text);
    change_->show();
    connect(change_, &QPushButton::clicked, action, &QAction::trigger);
}

} // namespace inlay::app
