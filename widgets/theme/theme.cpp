#include "widgets/theme/theme.h"

#include <QApplication>
#include <QEvent>
#include <QStyleFactory>
#include <QWidget>

namespace inlay::widgets {

Appearance appearanceOf(const QPalette& palette) {
    return palette.color(QPalette::WindowText).lightness() >
                   palette.color(QPalette::Window).lightness()
               ? Appearance::Dark
               : Appearance::Light;
}

const Tokens& tokensOf(const QWidget* widget) {
    return tokens(appearanceOf(widget->palette()));
}

QPalette paletteFor(Appearance appearance) {
    const Tokens& t = tokens(appearance);
    QPalette palette;
    const auto set = [&palette](QPalette::ColorRole role, const QColor& color,
                                const QColor& disabled) {
        palette.setColor(QPalette::Active, role, color);
        palette.setColor(QPalette::Inactive, role, color);
        palette.setColor(QPalette::Disabled, role, disabled);
    };
    set(QPalette::Window, t.raised, t.raised);
    set(QPalette::WindowText, t.text, t.disabled);
    set(QPalette::Base, t.surface, t.raised);
    set(QPalette::AlternateBase, t.baselineRow, t.raised);
    set(QPalette::Text, t.text, t.disabled);
    set(QPalette::PlaceholderText, t.muted, t.disabled);
    set(QPalette::Button, t.field, t.raised);
    set(QPalette::ButtonText, t.text, t.disabled);
    set(QPalette::BrightText, t.bad, t.disabled);
    set(QPalette::ToolTipBase, t.raised, t.raised);
    set(QPalette::ToolTipText, t.text, t.text);
    set(QPalette::Highlight, t.selection, t.track);
    set(QPalette::HighlightedText, t.text, t.muted);
    set(QPalette::Link, t.accent, t.disabled);
    set(QPalette::LinkVisited, t.accent, t.disabled);
    // The bevel roles of Fusion: frames and grooves.
    set(QPalette::Light, t.surface, t.raised);
    set(QPalette::Midlight, t.hair, t.hair);
    set(QPalette::Mid, t.border, t.border);
    set(QPalette::Dark, t.control, t.border);
    set(QPalette::Shadow, t.border, t.border);
    set(QPalette::NoRole, t.raised, t.raised);
    return palette;
}

Theme::Theme(QApplication& application)
    : application_(application) {
    system_ = appearanceOf(QApplication::palette());
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    appearance_ = system_;
    apply();
    application_.installEventFilter(this);
}

void Theme::setChoice(ThemeChoice choice) {
    choice_ = choice;
    const Appearance wanted = choice == ThemeChoice::System  ? system_
                              : choice == ThemeChoice::Light ? Appearance::Light
                                                             : Appearance::Dark;
    if (wanted == appearance_)
        return;
    appearance_ = wanted;
    apply();
    emit changed();
}

bool Theme::eventFilter(QObject* watched, QEvent* event) {
    if (applying_)
        return false;
    if (event->type() == QEvent::ApplicationPaletteChange && watched == &application_) {
        followSystem();
    } else if (event->type() == QEvent::ThemeChange && watched->isWindowType()) {
        // The palette set here hides the desktop's; an empty one brings it back.
        applying_ = true;
        QApplication::setPalette(QPalette());
        applying_ = false;
        followSystem();
    }
    return QObject::eventFilter(watched, event);
}

/// The application's palette is the desktop's at this moment.
void Theme::followSystem() {
    system_ = appearanceOf(QApplication::palette());
    const Appearance before = appearance_;
    if (choice_ == ThemeChoice::System)
        appearance_ = system_;
    apply();
    if (appearance_ != before)
        emit changed();
}

void Theme::apply() {
    applying_ = true;
    QApplication::setPalette(paletteFor(appearance_));
    application_.setStyleSheet(styleSheetFor(appearance_, QApplication::font()));
    applying_ = false;
}

} // namespace inlay::widgets
