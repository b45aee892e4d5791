#include "widgets/views/ranking/ask_panel.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QTimer>

#include "engine/store/run_store.h"
#include "widgets/runs/run_columns.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/ranking/item_card.h"

namespace inlay::widgets {
namespace {

QString wordOf(const QKeyEvent& event) {
    const bool isPlain =
        event.modifiers() == Qt::NoModifier || event.modifiers() == Qt::KeypadModifier;
    if (event.matches(QKeySequence::Undo))
        return QStringLiteral("undo");
    if (!isPlain)
        return {};
    switch (event.key()) {
    case Qt::Key_Left:
        return QStringLiteral("left");
    case Qt::Key_Right:
        return QStringLiteral("right");
    case Qt::Key_Down:
        return QStringLiteral("tie");
    case Qt::Key_S:
        return QStringLiteral("skip");
    default:
        return {};
    }
}

// A question that took longer was interrupted, which says nothing of the person's pace.
constexpr double kLongestPause = 60;

} // namespace

AskPanel::AskPanel(StoreClient& store, QWidget* parent)
    : QWidget(parent)
    , store_(store)
    , poll_(new QTimer(this)) {
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Questions"));
    auto* column = new QVBoxLayout(this);
    const int pad = scaled(measure::kViewPadding, font());
    column->setContentsMargins(pad, scaled(6, font()), pad, scaled(8, font()));
    column->setSpacing(scaled(measure::kGap, font()));
    heading_ = new QLabel(this);
    heading_->setProperty("role", QStringLiteral("title"));
    heading_->setWordWrap(true);
    column->addWidget(heading_);
    auto* cards = new QHBoxLayout;
    cards->setSpacing(scaled(8, font()));
    left_ = new ItemCard(QStringLiteral("←"), tr("this one"), this);
    right_ = new ItemCard(QStringLiteral("→"), tr("this one"), this);
    connect(left_, &ItemCard::clicked, this, [this] { answer(QStringLiteral("left")); });
    connect(right_, &ItemCard::clicked, this, [this] { answer(QStringLiteral("right")); });
    cards->addWidget(left_, 1);
    between_ = new QLabel(tr("or"), this);
    between_->setProperty("role", QStringLiteral("muted"));
    cards->addWidget(between_);
    cards->addWidget(right_, 1);
    column->addLayout(cards, 1);
    auto* buttons = new QHBoxLayout;
    tie_ = makeButton(tr("Tie"), QStringLiteral("↓"), QStringLiteral("tie"));
    skip_ = makeButton(tr("Skip"), QStringLiteral("S"), QStringLiteral("skip"));
    undo_ = makeButton(tr("Undo"), QStringLiteral("Ctrl+Z"), QStringLiteral("undo"));
    buttons->addWidget(tie_);
    buttons->addWidget(skip_);
    buttons->addStretch(1);
    buttons->addWidget(undo_);
    column->addLayout(buttons);
    auto* words = new QHBoxLayout;
    counts_ = new QLabel(this);
    left_over_ = new QLabel(this);
    left_over_->setProperty("role", QStringLiteral("muted"));
    words->addWidget(counts_);
    words->addStretch(1);
    words->addWidget(left_over_);
    column->addLayout(words);
    progress_ = new QProgressBar(this);
    progress_->setTextVisible(false);
    progress_->setRange(0, 1000);
    progress_->setAccessibleName(tr("Questions answered"));
    column->addWidget(progress_);
    facts_ = new QLabel(this);
    facts_->setProperty("role", QStringLiteral("muted"));
    facts_->setWordWrap(true);
    auto* last = new QHBoxLayout;
    last->addWidget(facts_, 1);
    annotator_ = new QLineEdit(this);
    annotator_->setPlaceholderText(tr("Who answers"));
    annotator_->setAccessibleName(annotator_->placeholderText());
    annotator_->setToolTip(tr("A name kept with every answer; with several, the run tells how each "
                              "agrees with the ranking"));
    annotator_->setMaximumWidth(scaled(110, font()));
    // The keys belong to the panel again.
    connect(annotator_, &QLineEdit::returnPressed, this, [this] { setFocus(); });
    last->addWidget(annotator_);
    column->addLayout(last);
    column->addStretch(); // takes the cards' place once they are gone
    poll_->setSingleShot(true);
    poll_->setInterval(engine::kQuestionPollMs);
    connect(poll_, &QTimer::timeout, this, &AskPanel::look);
    refresh();
}

QPushButton* AskPanel::makeButton(const QString& text, const QString& key, const QString& word) {
    auto* button = new QPushButton(QStringLiteral("%1  %2").arg(text, key), this);
    button->setObjectName(word);
    button->setAccessibleName(text);
    button->setFocusPolicy(Qt::NoFocus);
    connect(button, &QPushButton::clicked, this, [this, word] {
        if (word == QLatin1String("undo"))
            undo();
        else
            answer(word);
    });
    return button;
}

void AskPanel::setRun(engine::RunId run) {
    if (run == run_)
        return;
    run_ = run;
    question_.reset();
    waiting_ = false;
    paceSeconds_ = 0;
    things_.clear();
    desk_ = run == 0 ? nullptr : std::make_shared<engine::QuestionDesk>(run);
    refresh();
    if (run != 0)
        look();
}

void AskPanel::setListening(bool listening) {
    if (listening == listening_)
        return;
    listening_ = listening;
    refresh();
    if (listening_ && run_ != 0 && !poll_->isActive())
        look();
}

void AskPanel::setThings(std::vector<ActiveItem> things) {
    const bool isNew = things.size() != things_.size();
    things_ = std::move(things);
    if (isNew && question_)
        show(*question_);
}

void AskPanel::look() {
    if (!desk_)
        return;
    store_.ask(
        this, [desk = desk_](engine::RunStore& store) { return desk->current(store); },
        [this, desk = desk_](std::optional<engine::OpenQuestion> question) {
            if (desk == desk_)
                take(std::move(question));
        });
}

void AskPanel::take(std::optional<engine::OpenQuestion> question) {
    const bool isDone = question && question->isDone();
    if (question) {
        const bool isSame =
            question_ && question_->n == question->n &&
            question_->content.value("left", -1) == question->content.value("left", -1) &&
            question_->content.value("right", -1) == question->content.value("right", -1) &&
            question_->isDone() == isDone;
        question_ = std::move(question);
        if (waiting_ && answeredAt_.isValid())
            lastWaitMs_ = static_cast<double>(answeredAt_.nsecsElapsed()) / 1e6;
        if (!isSame || waiting_) {
            waiting_ = false;
            show(*question_);
        }
    }
    // While a question is open somebody else may answer it (the terminal); a run that does not
    // listen asks nothing new.
    if (listening_ && !isDone)
        poll_->start();
}

void AskPanel::show(const engine::OpenQuestion& question) {
    const auto itemAt = [&](const char* side) -> const ActiveItem* {
        const int item = question.content.value(side, -1);
        return item >= 0 && item < static_cast<int>(things_.size())
                   ? &things_[static_cast<std::size_t>(item)]
                   : nullptr;
    };
    // Two curves can only be compared at one scale.
    std::optional<Range> range;
    for (const char* side : {"left", "right"}) {
        const ActiveItem* item = itemAt(side);
        if (item == nullptr || !item->run || item->run->curve.y.empty())
            continue;
        const auto [low, high] =
            std::minmax_element(item->run->curve.y.begin(), item->run->curve.y.end());
        range = range ? Range{std::min(range->low, *low), std::max(range->high, *high)}
                      : Range{*low, *high};
    }
    const auto put = [&](ItemCard* card, const char* side) {
        if (const ActiveItem* item = itemAt(side))
            card->setItem(*item, range);
    };
    put(left_, "left");
    put(right_, "right");
    shownAt_.start();
    refresh();
    emit questionShown();
}

QString AskPanel::timeLeft(double answered, double about) const {
    if (paceSeconds_ <= 0 || about <= answered)
        return {};
    return tr("%1 left at your pace")
        .arg(durationText(static_cast<qint64>(1000 * paceSeconds_ * (about - answered))));
}

void AskPanel::refresh() {
    const bool isDone = question_ && question_->isDone();
    // A card that is waited for keeps its look: the next question comes within milliseconds.
    const bool looksOpen = question_ && !isDone && listening_;
    for (QWidget* card : {static_cast<QWidget*>(left_), static_cast<QWidget*>(right_)})
        card->setEnabled(looksOpen);
    // Nothing is left to press when all is answered.
    for (QWidget* widget :
         std::initializer_list<QWidget*>{left_, right_, between_, tie_, skip_, undo_, annotator_})
        widget->setVisible(!isDone);
    tie_->setEnabled(looksOpen);
    skip_->setEnabled(looksOpen);
    undo_->setEnabled(looksOpen && question_->n > 1);
    if (!question_) {
        heading_->setText(listening_ ? tr("The first question is on its way")
                                     : tr("Resume the run to answer its questions"));
        counts_->clear();
        left_over_->clear();
        facts_->clear();
        progress_->setValue(0);
        return;
    }
    const engine::Json& content = question_->content;
    const double answered = content.value("answered", 0.0);
    const double about = content.value("about", 0.0);
    heading_->setText(isDone       ? tr("The ranking is complete")
                      : listening_ ? QString::fromStdString(content.value("question", ""))
                                   : tr("Resume the run to go on with this question"));
    counts_->setText(isDone ? tr("%L1 questions answered").arg(answered)
                            : tr("Answered %L1 of about %L2").arg(answered).arg(about));
    left_over_->setText(timeLeft(answered, about));
    progress_->setValue(about > 0 ? static_cast<int>(1000 * answered / about) : 0);
    QStringList facts;
    const int repeats = content.value("repeats", 0);
    if (repeats > 0)
        facts
            << tr("Repeats agree %1 %").arg(qRound(100.0 * content.value("agreeing", 0) / repeats));
    facts << tr("3-cycles %L1").arg(content.value("cycles", 0));
    facts << tr("noise, est. %1").arg(QLocale().toString(content.value("noise", 0.0), 'f', 2));
    facts << tr("last %L1 changed 0 places in the top %2")
                 .arg(content.value("steady_for", 0))
                 .arg(std::min<std::size_t>(10, things_.size()));
    facts_->setText(facts.join(QStringLiteral("   ")));
}

void AskPanel::answer(const QString& word) {
    if (!question_ || question_->isDone() || waiting_ || !listening_)
        return;
    waiting_ = true;
    poll_->stop();
    const double seconds = static_cast<double>(shownAt_.elapsed()) / 1000;
    if (seconds < kLongestPause)
        paceSeconds_ = paceSeconds_ > 0 ? 0.9 * paceSeconds_ + 0.1 * seconds : seconds;
    answeredAt_.start();
    store_.ask(
        this,
        [desk = desk_, question = *question_, word = word.toStdString(),
         annotator = annotator_->text().trimmed().toStdString(),
         ms = shownAt_.elapsed()](engine::RunStore& store) {
            engine::Json facts = {{"ms", ms}};
            if (!annotator.empty())
                facts["annotator"] = annotator;
            desk->answer(store, question, word, facts);
            return desk->current(store); // written ahead, as a rule
        },
        [this, desk = desk_](std::optional<engine::OpenQuestion> question) {
            if (desk == desk_)
                take(std::move(question));
        },
        [this](const QString&) { waiting_ = false; });
}

void AskPanel::undo() {
    if (!question_ || question_->isDone() || waiting_ || !listening_ || question_->n < 2)
        return;
    waiting_ = true;
    poll_->stop();
    answeredAt_.start();
    store_.ask(
        this,
        [desk = desk_, question = *question_](engine::RunStore& store) {
            desk->undo(store, question);
            return desk->current(store);
        },
        [this, desk = desk_](std::optional<engine::OpenQuestion> question) {
            if (desk == desk_)
                take(std::move(question));
        },
        [this](const QString&) { waiting_ = false; });
}

// The window has an undo of its own; while the panel has the keys, Ctrl+Z is the panel's.
bool AskPanel::event(QEvent* event) {
    if (event->type() == QEvent::ShortcutOverride &&
        !wordOf(*static_cast<QKeyEvent*>(event)).isEmpty()) {
        event->accept();
        return true;
    }
    return QWidget::event(event);
}

void AskPanel::keyPressEvent(QKeyEvent* event) {
    const QString word = wordOf(*event);
    if (word.isEmpty())
        QWidget::keyPressEvent(event);
    else if (word == QLatin1String("undo"))
        undo();
    else if (!event->isAutoRepeat())
        answer(word);
}

} // namespace inlay::widgets
