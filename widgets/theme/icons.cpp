#include "widgets/theme/icons.h"

#include <QDir>
#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QPixmapCache>
#include <QSvgRenderer>

#include "widgets/theme/theme.h"

static void initializeIconResource() {
    // The resource is part of a static library: nothing else would pull its registration in.
    Q_INIT_RESOURCE(icons);
}

namespace inlay::widgets {
namespace {

QString pathOf(const QString& name) {
    static const bool initialized = [] {
        initializeIconResource();
        return true;
    }();
    Q_UNUSED(initialized)
    return QStringLiteral(":/inlay/icons/%1.svg").arg(name);
}

/// Renders from the palette of the application each time it is asked, with QPixmapCache behind.
class IconEngine : public QIconEngine {
public:
    IconEngine(QString name, IconColor color)
        : name_(std::move(name))
        , color_(color) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
        const int size = std::min(rect.width(), rect.height());
        const qreal ratio = painter->device() ? painter->device()->devicePixelRatioF() : 1.0;
        const QPixmap pixmap = iconPixmap(name_, colorFor(mode), size, ratio);
        painter->drawPixmap(rect.x() + (rect.width() - size) / 2,
                            rect.y() + (rect.height() - size) / 2, pixmap);
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State) override {
        return iconPixmap(name_, colorFor(mode), std::min(size.width(), size.height()), 1.0);
    }

    QIconEngine* clone() const override { return new IconEngine(name_, color_); }
    QString key() const override { return QStringLiteral("inlay"); }
    bool isNull() override { return false; }

private:
    QColor colorFor(QIcon::Mode mode) const {
        const QPalette palette = QGuiApplication::palette();
        const Tokens& t = tokens(appearanceOf(palette));
        if (mode == QIcon::Disabled)
            return t.disabled;
        switch (color_) {
        case IconColor::Text:
            return mode == QIcon::Selected ? palette.color(QPalette::HighlightedText) : t.text;
        case IconColor::Muted:
            return mode == QIcon::Selected ? palette.color(QPalette::HighlightedText) : t.muted;
        case IconColor::Accent:
            return t.accent;
        case IconColor::OnAccent:
            return t.onAccent;
        case IconColor::Good:
            return t.good;
        case IconColor::Warn:
            return t.warn;
        case IconColor::Bad:
            return t.bad;
        }
        return t.text;
    }

    QString name_;
    IconColor color_;
};

} // namespace

QIcon icon(const QString& name, IconColor color) {
    Q_ASSERT_X(QFile::exists(pathOf(name)), "icon", qPrintable(name));
    return QIcon(new IconEngine(name, color));
}

QStringList iconNames() {
    pathOf({});
    QStringList names = QDir(QStringLiteral(":/inlay/icons")).entryList({QStringLiteral("*.svg")});
    for (QString& name : names)
        name.chop(4);
    names.sort();
    return names;
}

QPixmap iconPixmap(const QString& name, const QColor& color, int size, qreal devicePixelRatio) {
    const QString key = QStringLiteral("inlay/%1/%2/%3/%4")
                            .arg(name, color.name(QColor::HexArgb))
                            .arg(size)
                            .arg(devicePixelRatio);
    QPixmap pixmap;
    if (QPixmapCache::find(key, &pixmap))
        return pixmap;
    QFile file(pathOf(name));
    if (size <= 0 || !file.open(QIODevice::ReadOnly))
        return pixmap;
    QByteArray svg = file.readAll();
    svg.replace("currentColor", color.name().toLatin1());
    QSvgRenderer renderer(svg);
    const int device = qRound(size * devicePixelRatio);
    pixmap = QPixmap(device, device);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setOpacity(color.alphaF());
    renderer.render(&painter, QRectF(0, 0, device, device));
    painter.end();
    pixmap.setDevicePixelRatio(devicePixelRatio);
    QPixmapCache::insert(key, pixmap);
    return pixmap;
}

} // namespace inlay::widgets
