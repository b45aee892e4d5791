#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <QImage>
#include <QWidget>

#include "widgets/plots/plot_data.h"
#include "widgets/plots/plot_table.h"
#include "widgets/theme/tokens.h"

class QCPPainter;
class QCustomPlot;
class QKeyEvent;
class QMenu;
class QMouseEvent;
class QPainter;

namespace inlay::widgets {

class RedrawClock;

enum class FigureFormat { Png, Svg, Pdf, Csv };

struct FigureOptions {
    /// Size in pixels at 96 dpi; empty = the size on screen.
    QSize size;
    /// Device pixels a pixel, PNG only.
    double scale = 2;
    /// Light is the paper theme.
    Appearance appearance = Appearance::Light;
};

/// What all plots share: title row, axes in the theme's colors, empty text, zooming and panning
/// with a history, crosshair, context menu with table, copy and export, descriptions for screen
/// readers. Takes plain data on the GUI thread and never reads a store. Nothing is drawn while the
/// plot is hidden or unchanged; all plots share one 30 Hz clock.
class Plot : public QWidget {
    Q_OBJECT

public:
    ~Plot() override;

    void setTitle(const QString& title, const QString& subtitle = {});
    QString title() const { return title_; }
    /// What will appear and how to get it; shown while there is no data.
    void setEmptyText(const QString& text);
    /// Where the data come from (run, seed, device, versions); printed under exported figures.
    void setProvenance(const QString& text);
    virtual void setXAxis(const AxisSpec& spec);
    virtual void setYAxis(const AxisSpec& spec);
    const AxisSpec& xAxis() const { return xSpec_; }
    const AxisSpec& yAxis() const { return ySpec_; }

    Range xRange() const;
    Range yRange() const;
    /// Shows these ranges and stops following the data; the former view goes to the history.
    void zoomTo(const Range& x, const Range& y);
    /// One step back in the zoom history; fits when there is none.
    void zoomBack();
    /// Shows all data and follows it again.
    void fit();
    bool isFollowing() const { return following_; }
    int zoomDepth() const { return static_cast<int>(history_.size()); }
    /// Width of the area inside the axes, in pixels: what a reduction should aim at.
    int plotWidth() const;

    /// The linked crosshair at x, or none. Moves no pointer and emits nothing.
    void showCursor(std::optional<double> x);
    std::optional<double> cursor() const { return cursorX_; }

    /// What is displayed now, inside the visible range.
    virtual PlotTable table() const = 0;
    virtual bool isEmpty() const = 0;

    /// Writes a figure or the displayed data; throws engine::Error when the file cannot be written.
    void writeFigure(const QString& path, FigureFormat format, const FigureOptions& options = {});
    QImage figure(const FigureOptions& options = {});
    /// Opens a window with the displayed data.
    QWidget* showTable();
    /// Puts picture and data on the clipboard.
    void copy();
    void exportWithDialog();
    /// Adds an action of the owner to the context menu.
    void addMenuAction(QAction* action);
    QMenu* createContextMenu();

    /// Draws at once what waits for the clock. For tests and screenshots.
    void flush();
    /// Milliseconds of the last complete and the last crosshair-only painting.
    double lastReplotMs() const { return lastReplotMs_; }
    double lastCursorMs() const { return lastCursorMs_; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

    /// Margins for end labels and tick labels that this plot needs by itself, and those in force.
    /// A PlotGroup sets equal ones for a row of plots.
    QMargins ownMargins() const { return ownMargins_; }
    void setSharedMargins(const std::optional<QMargins>& margins);

signals:
    /// The visible x range or the width changed by a person or a resize: time to re-read the store.
    void rangeChanged(double x0, double x1, int pixelWidth);
    /// The pointer or the keyboard cursor is at x; cursorLeft when it has gone.
    void cursorMoved(double x);
    void cursorLeft();
    void marginsChanged();
    /// A sentence for the status bar: what was copied or written, or why not.
    void notice(const QString& sentence);

protected:
    explicit Plot(QWidget* parent);

    /// The data or their style moved: redraw on the next tick of the clock.
    void markDirty();
    /// The same for what a person did: does not wait for the clock's rest.
    void markUrgent();
    /// Ranges that show everything; nothing without data.
    struct Extent {
        std::optional<Range> x;
        std::optional<Range> y;
    };
    virtual Extent dataExtent() const = 0;
    /// Called before axes are drawn when data, range, size or theme changed.
    virtual void prepare() {}
    /// Layers of painting inside the axes (clipped) and above everything (not clipped).
    virtual void paintBehind(QPainter&) {}
    virtual void paintFront(QPainter&) {}
    virtual void paintOverlay(QPainter&) {}
    /// Crosshair, rings and read-out box, on a layer of its own.
    virtual void paintCursor(QPainter& painter);
    virtual QMargins wantedMargins() const;
    virtual void applyTheme();
    /// Sentence for screen readers, from the data.
    virtual QString describe() const = 0;
    /// Text of the keyboard cursor, spoken as it moves.
    virtual QString describeCursor() const { return {}; }
    /// x of the data point that is `points` after (before, if negative) the cursor; first and last.
    virtual std::optional<double> neighborX(std::optional<double>, int) const { return {}; }
    /// Moves the keyboard cursor by data points and returns its new x.
    virtual std::optional<double> stepTo(int points) { return neighborX(cursorX_, points); }
    virtual int pointCount() const { return 0; }
    /// Whether wheel, drag and box act on y too.
    virtual bool zoomsY() const { return true; }
    /// Whether ticks, their labels and the grid mean something (not for a view in space).
    virtual bool hasScales() const { return true; }
    /// Whether y leaves a margin around the data when it follows them.
    virtual bool padsY() const { return zoomsY(); }
    /// Pointer inside the axes (snapped x decided by the plot), and clicks without a drag.
    virtual std::optional<double> cursorAt(const QPointF& pixel) const;
    virtual void hoverAt(const std::optional<QPointF>&) {}
    virtual void clickAt(const QPointF&) {}

    const Tokens& colors() const;
    Appearance appearance() const;
    QRect axisRect() const;
    double toPixelX(double x) const;
    double toPixelY(double y) const;
    double toValueX(double pixel) const;
    double toValueY(double pixel) const;
    QCustomPlot* canvas() const { return canvas_; }
    std::optional<QPointF> pointer() const { return pointer_; }
    /// Whether the crosshair was moved in this plot (not in a linked one): it shows the read-out.
    bool ownsCursor() const { return ownsCursor_; }
    /// Names of the cells of the axes (the first from 0 to 1) at their ticks in place of numbers;
    /// empty for numbers.
    void setTickNames(const QStringList& x, const QStringList& y);
    /// Forgets view and margins of former data: the next drawing fits exactly.
    void resetView();
    void setCursorX(std::optional<double> x);
    void redrawCursor();
    QFont smallFont() const;
    /// A remark on what is not drawn: beside the x axis title, or inside the axes without room.
    /// Where it is then.
    QRect paintRemark(QPainter& painter, const QString& text) const;
    /// A box of rows "caption  value" near `anchor`, kept inside the axes.
    struct ReadoutRowText {
        QString name;
        QString value;
        QColor color;
    };
    void paintReadout(QPainter& painter, const QPointF& anchor, const QString& heading,
                      const std::vector<ReadoutRowText>& rows) const;

    bool eventFilter(QObject* watched, QEvent* event) override;
    void changeEvent(QEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    friend class RedrawClock;
    struct View {
        Range x, y;
    };
    struct Drag;

    void build();
    void replotNow();
    void updateMargins();
    void showScales(bool shown);
    void setRanges(const Range& x, const Range& y);
    void followData();
    void remember();
    void wheelAt(const QPointF& pixel, double steps);
    bool mousePressed(QMouseEvent* event);
    bool mouseMoved(QMouseEvent* event);
    bool mouseReleased(QMouseEvent* event);
    bool keyPressed(QKeyEvent* event);
    void moveCursorBy(int points);
    void contextMenuAt(const QPoint& global);
    bool handleCanvasEvent(QEvent* event);
    void zoomAround(const QPointF& pixel, double factorX, double factorY);
    bool validRange(const Range& x, const Range& y) const;
    void leaveCursor();
    void paintTitle(QPainter& painter, const QRect& rect) const;
    void paintFrame(QPainter& painter) const;
    void paintCursorLayer(QPainter& painter);
    void paintFigure(QCPPainter& painter, const QSize& size);
    QSize figureSize(const FigureOptions& options) const;
    QByteArray figureData(FigureFormat format, const FigureOptions& options);
    void announce();

    class Header;
    Header* header_ = nullptr;
    QCustomPlot* canvas_ = nullptr;
    std::shared_ptr<RedrawClock> clock_;
    QString title_;
    QString subtitle_;
    QString emptyText_;
    QString provenance_;
    AxisSpec xSpec_;
    AxisSpec ySpec_;
    QStringList xNames_;
    QStringList yNames_;
    std::vector<View> history_;
    bool following_ = true;
    bool dirty_ = true;
    bool rangeMoved_ = false;
    bool exactFit_ = true;
    bool ownsCursor_ = false;
    bool keyboardFocus_ = false;
    int emittedWidth_ = 0;
    std::optional<Appearance> paper_;
    std::optional<double> cursorX_;
    std::optional<QPointF> pointer_;
    std::unique_ptr<Drag> drag_;
    qint64 lastWheel_ = 0;
    /// A person waits for the next picture.
    bool urgent_ = false;
    QMargins ownMargins_;
    std::optional<QMargins> sharedMargins_;
    QList<QAction*> menuActions_;
    double lastReplotMs_ = 0;
    double lastCursorMs_ = 0;
};

} // namespace inlay::widgets
