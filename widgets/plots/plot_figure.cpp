#include <qcustomplot.h>

#include <QBuffer>
#include <QClipboard>
#include <QFileDialog>
#include <QPdfWriter>
#include <QSaveFile>
#include <QSvgGenerator>
#include <QTableView>

#include "engine/base/error.h"
#include "widgets/plots/plot.h"
#include "widgets/plots/plot_private.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {
namespace {

struct FigureKind {
    FigureFormat format;
    const char* suffix;
    const char* filter;
};

constexpr FigureKind kKinds[] = {
    {FigureFormat::Png, "png", QT_TRANSLATE_NOOP("inlay::widgets::Plot", "PNG picture (*.png)")},
    {FigureFormat::Svg, "svg", QT_TRANSLATE_NOOP("inlay::widgets::Plot", "SVG drawing (*.svg)")},
    {FigureFormat::Pdf, "pdf", QT_TRANSLATE_NOOP("inlay::widgets::Plot", "PDF drawing (*.pdf)")},
    {FigureFormat::Csv, "csv", QT_TRANSLATE_NOOP("inlay::widgets::Plot", "CSV table (*.csv)")},
};

QString fileNameFrom(const QString& title) {
    QString name = title.toLower();
    name.replace(QRegularExpression(QStringLiteral("[^a-z0-9]+")), QStringLiteral("-"));
    while (name.endsWith(QLatin1Char('-')))
        name.chop(1);
    return name.isEmpty() ? QStringLiteral("plot") : name;
}

} // namespace

QSize Plot::figureSize(const FigureOptions& options) const {
    if (!options.size.isEmpty())
        return options.size;
    const int line = QFontMetrics(smallFont()).height() + scaled(8, font());
    return {std::max(width(), 200), std::max(height(), 140) + (provenance_.isEmpty() ? 0 : line)};
}

/// Title, plot and provenance in the figure's appearance. The data are reduced for this size while
/// they are drawn, so that a drawing of a million points stays small.
void Plot::paintFigure(QCPPainter& painter, const QSize& size) {
    const int titleHeight = title_.isEmpty() ? 0 : scaled(measure::kPlotTitleHeight, font());
    const QFont small = smallFont();
    const int footer = provenance_.isEmpty() ? 0 : QFontMetrics(small).height() + scaled(8, font());
    const QRect all(QPoint(0, 0), size);
    painter.fillRect(all, colors().surface);
    if (titleHeight > 0) {
        painter.save();
        paintTitle(painter, QRect(0, 0, size.width(), titleHeight));
        painter.restore();
    }
    painter.save();
    painter.translate(0, titleHeight);
    canvas_->toPainter(&painter, size.width(), size.height() - titleHeight - footer);
    painter.restore();
    if (footer > 0) {
        painter.setClipping(false);
        painter.setFont(small);
        painter.setPen(colors().muted);
        const int padding = scaled(measure::kViewPadding, font());
        const QRect rect(padding, size.height() - footer, size.width() - 2 * padding, footer);
        painter.drawText(rect, Qt::AlignLeft | Qt::AlignVCenter,
                         QFontMetrics(small).elidedText(provenance_, Qt::ElideRight, rect.width()));
    }
}

namespace {

/// Shows the plot in the figure's appearance for as long as it lives.
class PaperScope {
public:
    explicit PaperScope(std::function<void()> restore)
        : restore_(std::move(restore)) {}
    ~PaperScope() { restore_(); }

private:
    std::function<void()> restore_;
};

} // namespace

QImage Plot::figure(const FigureOptions& options) {
    if (dirty_ && following_)
        followData();
    paper_ = options.appearance;
    applyTheme();
    updateMargins();
    const PaperScope scope([this] {
        paper_.reset();
        applyTheme();
    });
    const QSize size = figureSize(options);
    QImage image(size * options.scale, QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(options.scale);
    image.fill(colors().surface);
    QCPPainter painter;
    painter.begin(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    paintFigure(painter, size);
    painter.end();
    image.setText(QStringLiteral("Title"), title_);
    image.setText(QStringLiteral("Description"), provenance_);
    return image;
}

QByteArray Plot::figureData(FigureFormat format, const FigureOptions& options) {
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    if (format == FigureFormat::Csv)
        return toCsv(table()).toUtf8();
    if (format == FigureFormat::Png) {
        figure(options).save(&buffer, "PNG");
        return bytes;
    }
    if (dirty_ && following_)
        followData();
    paper_ = options.appearance;
    applyTheme();
    updateMargins();
    const PaperScope scope([this] {
        paper_.reset();
        applyTheme();
    });
    const QSize size = figureSize(options);
    QCPPainter painter;
    painter.setMode(QCPPainter::pmVectorized);
    painter.setMode(QCPPainter::pmNoCaching);
    if (format == FigureFormat::Svg) {
        QSvgGenerator svg;
        svg.setOutputDevice(&buffer);
        svg.setSize(size);
        svg.setViewBox(QRect(QPoint(0, 0), size));
        svg.setResolution(logicalDpiX());
        svg.setTitle(title_);
        svg.setDescription(provenance_);
        painter.begin(&svg);
        paintFigure(painter, size);
        painter.end();
        return bytes;
    }
    QPdfWriter pdf(&buffer);
    pdf.setResolution(logicalDpiX());
    pdf.setPageSize(QPageSize(QSizeF(size) * 72.0 / logicalDpiX(), QPageSize::Point, QString(),
                              QPageSize::ExactMatch));
    pdf.setPageMargins(QMarginsF(0, 0, 0, 0));
    pdf.setTitle(provenance_.isEmpty() ? title_ : title_ + QStringLiteral(". ") + provenance_);
    pdf.setCreator(QStringLiteral("Inlay"));
    painter.begin(&pdf);
    paintFigure(painter, size);
    painter.end();
    return bytes;
}

void Plot::writeFigure(const QString& path, FigureFormat format, const FigureOptions& options) {
    const QByteArray bytes = figureData(format, options);
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
        throw engine::Error(
            tr("%1 cannot be written: %2").arg(path, file.errorString()).toStdString());
}

void Plot::copy() {
    auto* mime = new QMimeData;
    const PlotTable shown = table();
    mime->setText(toClipboardText(shown, QLocale()));
    mime->setData(QStringLiteral("text/csv"), toCsv(shown).toUtf8());
    mime->setImageData(figure());
    QGuiApplication::clipboard()->setMimeData(mime);
    emit notice(tr("%1 copied as picture and table").arg(title_));
}

QWidget* Plot::showTable() {
    auto* window = new QWidget(this, Qt::Window);
    window->setAttribute(Qt::WA_DeleteOnClose);
    window->setWindowTitle(tr("%1 – data – Inlay").arg(title_));
    auto* layout = new QVBoxLayout(window);
    layout->setContentsMargins(0, 0, 0, 0);
    auto* view = new QTableView(window);
    view->setModel(new PlotTableModel(table(), view));
    view->setAccessibleName(tr("Data of %1").arg(title_));
    view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    view->horizontalHeader()->setResizeContentsPrecision(100);
    view->verticalHeader()->setDefaultSectionSize(scaled(measure::kRowHeight, font()));
    view->resizeColumnsToContents();
    layout->addWidget(view);
    window->resize(scaled(520, font()), scaled(420, font()));
    window->show();
    return window;
}

void Plot::exportWithDialog() {
    auto* dialog = new QFileDialog(this, tr("Export %1 – Inlay").arg(title_));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    QStringList filters;
    for (const FigureKind& kind : kKinds)
        filters << tr(kind.filter);
    dialog->setNameFilters(filters);
    dialog->setDefaultSuffix(QLatin1String(kKinds[0].suffix));
    dialog->selectFile(fileNameFrom(title_) + QStringLiteral(".png"));
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog, filters](const QString& filter) {
        const auto index = std::max<qsizetype>(0, filters.indexOf(filter));
        dialog->setDefaultSuffix(QLatin1String(kKinds[index].suffix));
    });
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        const QString suffix = QFileInfo(path).suffix().toLower();
        const auto kind = std::find_if(std::begin(kKinds), std::end(kKinds), [&](const auto& k) {
            return suffix == QLatin1String(k.suffix);
        });
        if (kind == std::end(kKinds)) {
            emit notice(
                tr("%1 is not written: its name must end in .png, .svg, .pdf or .csv").arg(path));
            return;
        }
        try {
            writeFigure(path, kind->format);
            emit notice(tr("%1 written").arg(path));
        } catch (const engine::Error& error) {
            emit notice(QString::fromStdString(error.what()));
        }
    });
    dialog->open();
}

void Plot::addMenuAction(QAction* action) {
    menuActions_.append(action);
}

QMenu* Plot::createContextMenu() {
    auto* menu = new QMenu(this);
    menu->setAccessibleName(tr("Actions of %1").arg(title_));
    for (QAction* action : menuActions_)
        menu->addAction(action);
    if (!menuActions_.isEmpty())
        menu->addSeparator();
    const auto add = [&](const char* iconName, const QString& text, auto call) {
        QAction* action = menu->addAction(icon(QLatin1String(iconName)), text);
        connect(action, &QAction::triggered, this, [this, call] { (this->*call)(); });
        action->setEnabled(!isEmpty());
        return action;
    };
    QAction* asTable = menu->addAction(icon(QStringLiteral("table")), tr("Show as table"));
    connect(asTable, &QAction::triggered, this, [this] { showTable(); });
    asTable->setEnabled(!isEmpty());
    add("copy", tr("Copy"), &Plot::copy);
    add("export", tr("Export…"), &Plot::exportWithDialog);
    menu->addSeparator();
    QAction* back = add("undo", tr("Back to the former view\tBackspace"), &Plot::zoomBack);
    back->setEnabled(!history_.empty());
    QAction* all = add("float", tr("Show all data\t0"), &Plot::fit);
    all->setEnabled(!following_);
    return menu;
}

void Plot::contextMenuAt(const QPoint& global) {
    QMenu* menu = createContextMenu();
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->popup(global);
}

} // namespace inlay::widgets
