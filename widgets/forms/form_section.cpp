#include "widgets/forms/form_section.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {
namespace {

void showFold(QToolButton* button, bool open) {
    button->setIcon(icon(open ? QStringLiteral("chevron-down") : QStringLiteral("chevron-right"),
                         IconColor::Muted));
}

QToolButton* foldButton(const QString& title, QWidget* parent) {
    auto* button = new QToolButton(parent);
    button->setText(title);
    button->setCheckable(true);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setFocusPolicy(Qt::StrongFocus);
    button->setIconSize(QSize(scaled(12, parent->font()), scaled(12, parent->font())));
    // A fold is no selected button: it stays as flat as its surroundings when open.
    button->setStyleSheet(QStringLiteral(
        "QToolButton, QToolButton:checked { background: transparent; padding: 1px 4px 1px 0; }"));
    return button;
}

void putRows(QVBoxLayout* layout, const QList<QWidget*>& rows) {
    while (QLayoutItem* item = layout->takeAt(0))
        delete item;
    for (QWidget* row : rows)
        layout->addWidget(row);
}

QVBoxLayout* rowsLayout(const QFont& font) {
    auto* layout = new QVBoxLayout;
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(scaled(measure::kFormRowGap, font));
    return layout;
}

} // namespace

FormSection::FormSection(const QString& title, QWidget* parent)
    : QWidget(parent) {
    header_ = foldButton(title, this);
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    header_->setFont(bold);
    header_->setChecked(true);
    header_->setAccessibleName(tr("Group %1").arg(title));
    header_->setToolTip(tr("Fold or unfold %1").arg(title));
    showFold(header_, true);
    summary_ = new QLabel(this);
    summary_->setProperty("role", QStringLiteral("muted"));
    summary_->setTextFormat(Qt::PlainText);
    summary_->hide();

    auto* top = new QHBoxLayout;
    top->setContentsMargins(0, 0, 0, 0);
    top->setSpacing(scaled(measure::kGap, font()));
    top->addWidget(header_);
    top->addWidget(summary_, 1);
    top->addStretch(0);

    body_ = new QWidget(this);
    auto* bodyLayout = new QVBoxLayout(body_);
    bodyLayout->setContentsMargins(0, 0, 0, 0);
    bodyLayout->setSpacing(scaled(measure::kFormRowGap, font()));
    main_ = rowsLayout(font());
    bodyLayout->addLayout(main_);
    more_ = foldButton(tr("More"), body_);
    more_->setAccessibleName(tr("More of %1").arg(title));
    more_->setToolTip(tr("Seldom changed parameters"));
    showFold(more_, false);
    more_->hide();
    bodyLayout->addWidget(more_, 0, Qt::AlignLeft);
    moreBody_ = new QWidget(body_);
    moreRows_ = rowsLayout(font());
    moreBody_->setLayout(moreRows_);
    moreBody_->hide();
    bodyLayout->addWidget(moreBody_);
    footer_ = rowsLayout(font());
    bodyLayout->addLayout(footer_);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(scaled(measure::kFormRowGap, font()));
    layout->addLayout(top);
    layout->addWidget(body_);

    connect(header_, &QToolButton::toggled, this, [this](bool open) {
        showFold(header_, open);
        body_->setVisible(open);
        showSummary();
    });
    connect(more_, &QToolButton::toggled, this, [this](bool open) {
        showFold(more_, open);
        moreBody_->setVisible(open);
    });
}

void FormSection::setRows(Rows which, const QList<QWidget*>& rows) {
    putRows(which == Rows::Main ? main_ : moreRows_, rows);
    for (QWidget* row : rows)
        row->show();
    if (which == Rows::More)
        more_->setVisible(!rows.isEmpty());
}

void FormSection::setFooter(QWidget* footer) {
    putRows(footer_, footer ? QList<QWidget*>{footer} : QList<QWidget*>());
}

void FormSection::setSummary(const QString& summary) {
    summaryText_ = summary;
    showSummary();
}

void FormSection::showSummary() {
    summary_->setVisible(isFolded() && !summaryText_.isEmpty());
    summary_->setToolTip(summaryText_);
    summary_->setAccessibleName(summaryText_);
    const int room = width() - header_->sizeHint().width() - scaled(measure::kGap, font());
    summary_->setMinimumWidth(1);
    summary_->setText(summary_->fontMetrics().elidedText(summaryText_, Qt::ElideRight, room));
}

void FormSection::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    showSummary();
}

bool FormSection::isFolded() const {
    return !header_->isChecked();
}

void FormSection::setFolded(bool folded) {
    header_->setChecked(!folded);
}

bool FormSection::isMoreShown() const {
    return more_->isChecked();
}

void FormSection::setMoreShown(bool shown) {
    more_->setChecked(shown);
}

QString FormSection::title() const {
    return header_->text();
}

} // namespace inlay::widgets
