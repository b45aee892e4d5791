#include "widgets/theme/theme.h"

#include <QFont>
#include <QRegularExpression>

#include "widgets/theme/metrics.h"

namespace inlay::widgets {
namespace {

/// @name is a token, #12# a measure in pixels at a 9 pt font.
const char* const kWindow = R"(
QMainWindow, QDialog { background: @raised; }
QMainWindow::separator { background: @border; width: 1px; height: 1px; }
QSplitter::handle { background: @border; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QWidget[surface="true"] { background: @surface; }
QFrame[card="true"] { background: @surface; border: 1px solid @border; border-radius: #4#; }
QFrame[separator="true"] { background: @border; border: none; }
QDockWidget { font-weight: 600; }
QDockWidget::title { background: @raised; padding: #5# #10#; border-bottom: 1px solid @border; }
QMenuBar { background: @raised; border: none; padding: 0 #4#; }
QMenuBar::item { padding: #5# #8#; background: transparent; border-radius: #3#; }
QMenuBar::item:selected { background: @selection; }
QMenu { background: @surface; border: 1px solid @border; padding: #4# 0; }
QMenu::item { padding: #4# #24# #4# #12#; }
QMenu::icon { padding-left: #8#; }
QMenu::item:selected { background: @selection; color: @text; }
QMenu::item:disabled { color: @disabled; }
QMenu::separator { height: 1px; background: @hair; margin: #4# 0; }
QToolBar { background: @raised; border: none; border-bottom: 1px solid @border; spacing: #4#;
    padding: #4# #8#; }
QToolBar::separator { background: @border; width: 1px; margin: #4# #6#; }
QStatusBar { background: @raised; border-top: 1px solid @border; color: @muted; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: @muted; padding: 0 #6#; }
QToolTip { background: @raised; color: @text; border: 1px solid @border; padding: #4# #6#; }
QTabWidget::pane { border: none; border-top: 1px solid @border; }
QTabBar { background: @raised; }
QTabBar::tab { background: transparent; color: @muted; padding: #5# #12#; border: none;
    border-top: 2px solid transparent; border-right: 1px solid transparent;
    border-left: 1px solid transparent; }
QTabBar::tab:hover { color: @text; }
QTabBar::tab:selected { background: @surface; color: @text; font-weight: 600;
    border-top-color: @accent; border-right-color: @border; border-left-color: @border; }
QTabBar::tab:focus { color: @accent; }
QScrollArea { border: none; background: transparent; }
QScrollBar { background: transparent; border: none; }
QScrollBar:vertical { width: #10#; }
QScrollBar:horizontal { height: #10#; }
QScrollBar::handle { background: @track; border-radius: #3#; margin: #2#; }
QScrollBar::handle:hover { background: @control; }
QScrollBar::handle:vertical { min-height: #24#; }
QScrollBar::handle:horizontal { min-width: #24#; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {
    background: none; width: 0; height: 0; }
)";

const char* const kControls = R"(
QLabel[role="caption"], QLabel[role="muted"] { color: @muted; }
QLabel[role="title"], QLabel[role="viewTitle"], QLabel[role="heading"] { font-weight: 600; }
QLabel[role="good"] { color: @good; }
QLabel[role="warn"] { color: @warn; }
QLabel[role="bad"] { color: @bad; }
QPushButton, QLineEdit, QComboBox, QAbstractSpinBox, QPlainTextEdit {
    background: @field; border: 1px solid @border; selection-background-color: @selection;
    selection-color: @text; }
QLineEdit, QComboBox, QAbstractSpinBox { min-height: #20#; padding: 0 #7#; border-radius: #3#; }
QPlainTextEdit { border-radius: #3#; }
QPushButton { min-height: #22#; padding: 0 #12#; border-radius: #4#; border: 1px solid @border; }
QPushButton:hover { background: @raised; border-color: @control; }
QPushButton:pressed, QPushButton:checked { background: @selection; }
QPushButton[primary="true"] { background: @accent; color: @onAccent; border-color: @accent;
    font-weight: 600; }
QPushButton[primary="true"]:hover { border-color: @text; }
QPushButton[primary="true"]:disabled { background: @track; border-color: @track; }
QPushButton:disabled, QLineEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled {
    background: @raised; color: @disabled; border-color: @hair; }
QPushButton:focus, QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus, QPlainTextEdit:focus {
    border: 2px solid @accent; }
QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus { padding: 0 #6#; min-height: #18#; }
QPushButton:focus { padding: 0 #11#; min-height: #20#; }
QPushButton[primary="true"]:focus { border-color: @text; }
QLineEdit[invalid="true"], QComboBox[invalid="true"], QAbstractSpinBox[invalid="true"] {
    border-color: @bad; }
QComboBox::drop-down { border: none; width: #20#; }
QComboBox::down-arrow { image: url(:/inlay/controls/@appearance/chevron-down.svg); width: #12#;
    height: #12#; }
QComboBox QAbstractItemView { background: @surface; border: 1px solid @border; outline: none;
    selection-background-color: @selection; selection-color: @text; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border: none; background: transparent;
    width: #16#; }
QAbstractSpinBox::up-arrow { image: url(:/inlay/controls/@appearance/chevron-up.svg); width: #9#;
    height: #9#; }
QAbstractSpinBox::down-arrow { image: url(:/inlay/controls/@appearance/chevron-down.svg);
    width: #9#; height: #9#; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: #4#;
    padding: #3# #6#; color: @text; }
QToolButton:hover { background: @selection; }
QToolButton:checked, QToolButton:pressed { background: @selection; }
QToolButton:focus { border: 2px solid @accent; padding: #2# #5#; }
QToolButton:disabled { color: @disabled; }
QToolButton[segment="true"] { background: @field; border: 1px solid @border; border-radius: 0;
    padding: #3# #8#; }
QToolButton[segment="true"]:checked { background: @selection; font-weight: 600;
    border-bottom: 2px solid @accent; }
QCheckBox, QRadioButton { spacing: #6#; }
QCheckBox::indicator { width: #13#; height: #13#; border: 1px solid @control; border-radius: #3#;
    background: @field; }
QCheckBox::indicator:checked, QCheckBox::indicator:indeterminate { background: @accent;
    border-color: @accent; image: url(:/inlay/controls/@appearance/check.svg); }
QCheckBox::indicator:focus { border: 2px solid @accent; }
QCheckBox::indicator:disabled { border-color: @border; background: @raised; }
QSlider::groove:horizontal { height: #4#; border-radius: #2#; background: @track; }
QSlider::sub-page:horizontal { height: #4#; border-radius: #2#; background: @accent; }
QSlider::handle:horizontal { width: #10#; height: #10#; margin: -#4# 0; border-radius: #6#;
    background: @surface; border: 2px solid @accent; }
QSlider::handle:horizontal:focus { background: @selection; }
QProgressBar { background: @track; border: none; border-radius: #3#; max-height: #6#;
    min-height: #6#; color: transparent; }
QProgressBar::chunk { background: @accent; border-radius: #3#; }
)";

const char* const kViews = R"(
QAbstractItemView { background: @surface; alternate-background-color: @baselineRow; border: none;
    selection-background-color: @selection; selection-color: @text; outline: none; }
QTableView { gridline-color: @hair; }
QTableView::item, QTreeView::item { padding: 0 #8#; border: none; border-bottom: 1px solid @hair;
    min-height: #23#; }
QTableView::item:selected, QTreeView::item:selected { background: @selection; color: @text; }
QTreeView::branch { background: transparent; }
QTreeView::branch:selected { background: @selection; }
QTreeView::branch:has-children:closed { image: url(:/inlay/controls/@appearance/chevron-right.svg); }
QTreeView::branch:has-children:open { image: url(:/inlay/controls/@appearance/chevron-down.svg); }
QHeaderView { background: @raised; }
QHeaderView::section { background: @raised; color: @muted; border: none;
    border-right: 1px solid @hair; border-bottom: 1px solid @border; padding: #3# #8#; }
QHeaderView::section:hover { color: @text; }
QTableCornerButton::section { background: @raised; border: none; }
)";

} // namespace

QString styleSheetFor(Appearance appearance, const QFont& base) {
    const Tokens& t = tokens(appearance);
    QString css =
        QString::fromUtf8(kWindow) + QString::fromUtf8(kControls) + QString::fromUtf8(kViews);
    css.replace(QStringLiteral("@appearance"),
                appearance == Appearance::Dark ? QStringLiteral("dark") : QStringLiteral("light"));
    const std::pair<const char*, QColor> names[] = {{"@surface", t.surface},
                                                    {"@raised", t.raised},
                                                    {"@field", t.field},
                                                    {"@border", t.border},
                                                    {"@hair", t.hair},
                                                    {"@control", t.control},
                                                    {"@text", t.text},
                                                    {"@muted", t.muted},
                                                    {"@disabled", t.disabled},
                                                    {"@accent", t.accent},
                                                    {"@onAccent", t.onAccent},
                                                    {"@selection", t.selection},
                                                    {"@baselineRow", t.baselineRow},
                                                    {"@differs", t.differs},
                                                    {"@good", t.good},
                                                    {"@warn", t.warn},
                                                    {"@bad", t.bad},
                                                    {"@track", t.track}};
    for (const auto& [name, color] : names)
        css.replace(QLatin1String(name), color.name());
    static const QRegularExpression pixels(QStringLiteral("#(\\d+)#"));
    QString out;
    qsizetype at = 0;
    for (auto it = pixels.globalMatch(css); it.hasNext();) {
        const QRegularExpressionMatch match = it.next();
        out += css.mid(at, match.capturedStart() - at);
        out += QString::number(scaled(match.captured(1).toInt(), base)) + QStringLiteral("px");
        at = match.capturedEnd();
    }
    return out + css.mid(at);
}

} // namespace inlay::widgets
