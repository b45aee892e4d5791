#include <QtTest>

#include <QApplication>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QSet>

#include <cmath>

#include "widgets/theme/color_map.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/theme/series_style.h"
#include "widgets/theme/theme.h"

using namespace inlay::widgets;

Q_DECLARE_METATYPE(inlay::widgets::Appearance)

namespace {

/// Relative luminance and contrast ratio of WCAG 2.1.
double luminance(const QColor& color) {
    const auto linear = [](double v) {
        return v <= 0.03928 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) +
           0.0722 * linear(color.blueF());
}

double contrast(const QColor& a, const QColor& b) {
    const double la = luminance(a);
    const double lb = luminance(b);
    return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

/// The color that covers most of an icon's opaque pixels.
QColor mainColor(const QImage& image) {
    QHash<QRgb, int> counts;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            if (image.pixelColor(x, y).alpha() == 255)
                ++counts[image.pixel(x, y)];
    QRgb best = 0;
    for (auto it = counts.cbegin(); it != counts.cend(); ++it)
        if (it.value() > counts.value(best))
            best = it.key();
    return QColor(best);
}

} // namespace

class TestTheme : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { theme_ = std::make_unique<Theme>(*qApp); }

    void contrast_data() {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QColor>("color");
        QTest::addColumn<QColor>("background");
        QTest::addColumn<double>("least");
        for (const Appearance appearance : {Appearance::Light, Appearance::Dark}) {
            const Tokens& t = tokens(appearance);
            const QString side = appearance == Appearance::Light ? "light" : "dark";
            const auto row = [&](const char* name, const QColor& color, const char* on,
                                 const QColor& background, double least) {
                const QString title = QString("%1: %2 on %3").arg(side, name, on);
                QTest::newRow(qPrintable(title)) << title << color << background << least;
            };
            const std::pair<const char*, QColor> backgrounds[] = {
                {"surface", t.surface},     {"raised", t.raised},           {"field", t.field},
                {"selection", t.selection}, {"baselineRow", t.baselineRow}, {"differs", t.differs}};
            for (const auto& [name, background] : backgrounds) {
                row("text", t.text, name, background, 4.5);
                row("muted", t.muted, name, background, 4.5);
                row("accent", t.accent, name, background, 4.5);
                row("good", t.good, name, background, 4.5);
                row("warn", t.warn, name, background, 4.5);
                row("bad", t.bad, name, background, 4.5);
            }
            row("onAccent", t.onAccent, "accent", t.accent, 4.5);
            row("control", t.control, "surface", t.surface, 3);
            row("control", t.control, "field", t.field, 3);
            row("axis", t.axis, "surface", t.surface, 3);
            for (std::size_t i = 0; i < t.series.size(); ++i)
                row(qPrintable(QString("series %1").arg(i)), t.series[i], "surface", t.surface, 3);
        }
    }

    void contrast() {
        QFETCH(QString, what);
        QFETCH(QColor, color);
        QFETCH(QColor, background);
        QFETCH(double, least);
        const double ratio = ::contrast(color, background);
        QVERIFY2(ratio >= least, qPrintable(QString("%1: %2").arg(what).arg(ratio)));
    }

    void appearanceFollowsChoice() {
        QSignalSpy spy(theme_.get(), &Theme::changed);
        theme_->setChoice(ThemeChoice::Dark);
        QCOMPARE(appearanceOf(QApplication::palette()), Appearance::Dark);
        theme_->setChoice(ThemeChoice::Dark);
        theme_->setChoice(ThemeChoice::Light);
        QCOMPARE(appearanceOf(QApplication::palette()), Appearance::Light);
        QCOMPARE(spy.count(), 2);
    }

    void systemFollowsForeignPalette() {
        theme_->setChoice(ThemeChoice::System);
        QPalette dark;
        dark.setColor(QPalette::Window, Qt::black);
        dark.setColor(QPalette::WindowText, Qt::white);
        QSignalSpy spy(theme_.get(), &Theme::changed);
        QApplication::setPalette(dark);
        QTRY_COMPARE(theme_->appearance(), Appearance::Dark);
        QCOMPARE(QApplication::palette().color(QPalette::Window), tokens(Appearance::Dark).raised);
        QPalette light;
        light.setColor(QPalette::Window, Qt::white);
        light.setColor(QPalette::WindowText, Qt::black);
        QApplication::setPalette(light);
        QTRY_COMPARE(theme_->appearance(), Appearance::Light);
        QCOMPARE(spy.count(), 2);
    }

    // A style sheet that sets a text color would fade placeholders below legibility.
    void placeholdersAreMuted() {
        for (const ThemeChoice choice : {ThemeChoice::Dark, ThemeChoice::Light}) {
            theme_->setChoice(choice);
            QLineEdit field;
            field.setPlaceholderText("Filter runs");
            field.show();
            QCOMPARE(field.palette().color(QPalette::PlaceholderText),
                     tokens(theme_->appearance()).muted);
        }
    }

    void paletteSetsEveryRole() {
        for (const Appearance appearance : {Appearance::Light, Appearance::Dark}) {
            const QPalette palette = paletteFor(appearance);
            for (const auto group : {QPalette::Active, QPalette::Inactive, QPalette::Disabled})
                for (int role = 0; role < QPalette::NColorRoles; ++role)
                    QVERIFY2(palette.isBrushSet(group, static_cast<QPalette::ColorRole>(role)),
                             qPrintable(QString("group %1 role %2").arg(group).arg(role)));
            QVERIFY(palette.color(QPalette::Disabled, QPalette::Text) !=
                    palette.color(QPalette::Active, QPalette::Text));
        }
    }

    void styleSheetIsComplete() {
        for (const Appearance appearance : {Appearance::Light, Appearance::Dark}) {
            const QString css = styleSheetFor(appearance, QApplication::font());
            QVERIFY(!css.contains('@'));
            QVERIFY(!css.contains(QRegularExpression("#\\d+#")));
            static const QRegularExpression url("url\\(([^)]+)\\)");
            for (auto it = url.globalMatch(css); it.hasNext();) {
                const QString path = it.next().captured(1);
                iconNames();
                QVERIFY2(QFile::exists(path), qPrintable(path));
            }
        }
    }

    void iconsFollowPalette() {
        QVERIFY(iconNames().size() >= 40);
        for (const ThemeChoice choice : {ThemeChoice::Light, ThemeChoice::Dark}) {
            theme_->setChoice(choice);
            const Tokens& t = tokens(theme_->appearance());
            for (const QString& name : iconNames()) {
                const QIcon i = icon(name);
                const auto shown = [&](QIcon::Mode mode) {
                    return mainColor(i.pixmap(QSize(64, 64), mode).toImage());
                };
                QVERIFY2(shown(QIcon::Normal) == t.text, qPrintable(name));
                QVERIFY2(shown(QIcon::Disabled) == t.disabled, qPrintable(name));
                QVERIFY2(shown(QIcon::Selected) == t.text, qPrintable(name));
            }
            QCOMPARE(mainColor(icon("run", IconColor::OnAccent).pixmap(64, 64).toImage()),
                     t.onAccent);
        }
    }

    void iconsAreSharpOnHighDpi() {
        const QPixmap pixmap = icon("search").pixmap(QSize(16, 16), 2.0);
        QCOMPARE(pixmap.width(), 32);
        QCOMPARE(pixmap.devicePixelRatio(), 2.0);
    }

    void stylesAreDistinct() {
        QSet<QString> seen;
        const auto key = [](const SeriesStyle& s) {
            return QString("%1/%2/%3").arg(s.color).arg(int(s.marker)).arg(int(s.fill));
        };
        for (int i = 0; i < 16; ++i)
            seen.insert(key(seriesStyle(i)));
        QCOMPARE(seen.size(), 16);
        seen.clear();
        for (const char* family : {"dense", "stl", "butterfly", "two_four", "low_rank",
                                   "block_diagonal", "monarch", "btt"})
            seen.insert(key(familyStyle(QString::fromLatin1(family))));
        for (int rank = 1; rank < 4; ++rank)
            seen.insert(key(familyStyle("stl", rank)));
        QCOMPARE(seen.size(), 11);
    }

    void dashesStayInPixels() {
        const SeriesStyle style = familyStyle("dense");
        const QPen pen = seriesPen(style, tokens(Appearance::Light), 2.0);
        QCOMPARE(pen.dashPattern(), (QList<qreal>{2.5, 1.5}));
    }

    void mapsAreMonotoneAndNeutral() {
        double last = -1;
        for (int i = 0; i <= 100; ++i) {
            const double l = luminance(mapColor(ColorMap::Viridis, Appearance::Light, i / 100.0));
            QVERIFY(l > last);
            last = l;
        }
        QCOMPARE(mapColor(ColorMap::Diverging, Appearance::Light, 0.5), QColor("#F5F5F5"));
        QCOMPARE(mapColor(ColorMap::Viridis, Appearance::Dark, std::nan("")),
                 tokens(Appearance::Dark).noValue);
        QCOMPARE(mapColor(ColorMap::Viridis, Appearance::Dark, 7),
                 mapColor(ColorMap::Viridis, Appearance::Dark, 1));
    }

    void fontsScaleWithTheBase() {
        QFont base;
        base.setPointSizeF(9);
        const Fonts fonts = fontsFor(base);
        QCOMPARE(fonts.small.pointSizeF(), 8.25);
        QCOMPARE(fonts.readout.pointSizeF(), 12.0);
        QCOMPARE(fonts.title.weight(), int(QFont::DemiBold));
        base.setPixelSize(24);
        QCOMPARE(scaled(measure::kRowHeight, base), 48);
    }

private:
    std::unique_ptr<Theme> theme_;
};

QTEST_MAIN(TestTheme)
#include "test_theme.moc"
