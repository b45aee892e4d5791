#pragma once

#include <QObject>
#include <QPalette>

#include "widgets/theme/tokens.h"

class QApplication;
class QFont;
class QWidget;

namespace inlay::widgets {

enum class ThemeChoice { System, Light, Dark };

/// Light or dark, read from the palette (Qt 6.4 has no color scheme of its own).
Appearance appearanceOf(const QPalette& palette);

/// The tokens that fit the palette of `widget`. Widgets that paint themselves call this while
/// painting and repaint on QEvent::PaletteChange; none of them needs a Theme.
const Tokens& tokensOf(const QWidget* widget);

/// The palette of an appearance: every role in every group.
QPalette paletteFor(Appearance appearance);

/// The one style sheet, built from the tokens. It knows these dynamic properties:
/// QPushButton "primary"; QToolButton "segment" (one of a row of exclusive choices); QFrame "card";
/// QLabel "role" = caption | muted | title | viewTitle | heading | bad | warn | good; QWidget
/// "surface" (view background instead of the window's); QTableView/QTreeView need nothing.
QString styleSheetFor(Appearance appearance, const QFont& base);

/// Applies an appearance to the application: Fusion, palette and style sheet. One per program,
/// owned by the window's main; lives on the GUI thread.
class Theme : public QObject {
    Q_OBJECT

public:
    explicit Theme(QApplication& application);

    ThemeChoice choice() const { return choice_; }
    void setChoice(ThemeChoice choice);
    /// What is shown now; for ThemeChoice::System derived from the desktop's palette.
    Appearance appearance() const { return appearance_; }

    bool eventFilter(QObject* watched, QEvent* event) override;

signals:
    /// The appearance moved and is applied.
    void changed();

private:
    void apply();
    void followSystem();

    QApplication& application_;
    ThemeChoice choice_ = ThemeChoice::System;
    Appearance system_ = Appearance::Light;
    Appearance appearance_ = Appearance::Light;
    bool applying_ = false;
};

} // namespace inlay::widgets
