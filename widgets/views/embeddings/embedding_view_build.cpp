#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/plots/class_legend.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/empty_state.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/transport.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"
#include "widgets/views/embeddings/embedding_view.h"
#include "widgets/views/embeddings/hover_card.h"
#include "widgets/views/embeddings/picture_grid.h"
#include "widgets/views/embeddings/projection_bar.h"
#include "widgets/views/embeddings/selection_panel.h"
#include "widgets/views/embeddings/thumb_grid.h"
#include "widgets/views/embeddings/triplet_list.h"
#include "widgets/views/ranking/figure_list.h"
#include "widgets/views/train/training_header.h"

namespace inlay::widgets {
namespace {

/// Below this height the plots lie behind the space.
constexpr double kLowBelow = 590;

QWidget* separator(QWidget* parent, Qt::Orientation orientation) {
    auto* line = new QFrame(parent);
    line->setProperty("separator", true);
    if (orientation == Qt::Horizontal)
        line->setFixedHeight(1);
    else
        line->setFixedWidth(1);
    return line;
}

QVBoxLayout* columnOf(QWidget* widget) {
    auto* column = new QVBoxLayout(widget);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    return column;
}

} // namespace

void EmbeddingView::build() {
    setProperty("surface", true);
    setAttribute(Qt::WA_StyledBackground);
    auto* layout = columnOf(this);
    // A low view hides its plots: what they need must not keep it from becoming low.
    layout->setSizeConstraint(QLayout::SetNoConstraint);
    pages_ = new QStackedWidget(this);
    layout->addWidget(pages_);
    empty_ = new EmptyState(QStringLiteral("embeddings"), {}, {}, pages_);
    pages_->addWidget(empty_);
    auto* page = new QWidget(pages_);
    auto* column = columnOf(page);
    column->addWidget(buildHeader(page));
    column->addWidget(separator(page, Qt::Horizontal));
    bar_ = new ProjectionBar(page);
    column->addWidget(bar_);
    column->addWidget(separator(page, Qt::Horizontal));
    rows_ = new QSplitter(Qt::Vertical, page);
    rows_->setChildrenCollapsible(false);
    space_ = buildSpace(rows_);
    rows_->addWidget(space_);
    auto* lower = new QWidget(rows_);
    auto* lowerColumn = columnOf(lower);
    auto* film = new QHBoxLayout;
    film->setContentsMargins(0, 0, scaled(measure::kViewPadding, font()), 0);
    transport_ = new Transport(lower);
    transport_->setFrameName(tr("snapshot"));
    film->addWidget(transport_, 1);
    trails_ = new QCheckBox(tr("Trails"), lower);
    trails_->setToolTip(tr("The way of the pinned and the selected points through the snapshots"));
    trails_->setChecked(true);
    film->addWidget(trails_);
    halfButton_ = new QToolButton(lower);
    halfButton_->setCheckable(true);
    halfButton_->setText(tr("Plots"));
    halfButton_->setIcon(icon(QStringLiteral("chart")));
    halfButton_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    halfButton_->setToolTip(tr("Distances, curves and selection in place of the space"));
    film->addWidget(halfButton_);
    lowerColumn->addLayout(film);
    bottom_ = buildBottom(lower);
    lowerColumn->addWidget(separator(lower, Qt::Horizontal));
    lowerColumn->addWidget(bottom_, 1);
    rows_->addWidget(lower);
    rows_->setStretchFactor(0, 62);
    rows_->setStretchFactor(1, 38);
    rows_->setSizes({scaled(390, font()), scaled(250, font())});
    column->addWidget(rows_, 1);
    pages_->addWidget(page);
    connectPanels();
}

QWidget* EmbeddingView::buildHeader(QWidget* page) {
    auto* head = new QWidget(page);
    auto* row = new QHBoxLayout(head);
    row->setContentsMargins(0, 0, scaled(measure::kViewPadding, font()), 0);
    row->setSpacing(scaled(measure::kGap, font()));
    header_ = new TrainingHeader(head);
    header_->setTrains(false);
    header_->setRun({}); // only the buttons that a run will need take room
    row->addWidget(header_, 1);
    auto* segments = segments_ = new QWidget(head);
    auto* line = new QHBoxLayout(segments);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(0);
    methods_ = new QButtonGroup(this);
    const auto segment = [&](const QString& text, const QString& tip) {
        auto* button = new QToolButton(segments);
        button->setProperty("segment", true);
        button->setCheckable(true);
        button->setText(text);
        button->setAccessibleName(text);
        button->setToolTip(tip);
        button->setMinimumHeight(scaled(measure::kButtonHeight, font()));
        line->addWidget(button);
        return button;
    };
    const std::pair<ProjectionMethod, QString> all[] = {
        {ProjectionMethod::Recorded, tr("The projection that this run made, picture by picture")},
        {ProjectionMethod::Pca, tr("Principal axes: linear, at once")},
        {ProjectionMethod::Tsne, tr("t-SNE: choose its settings, then start it")},
        {ProjectionMethod::Umap, tr("UMAP: choose its settings, then start it")}};
    for (const auto& [method, tip] : all)
        methods_->addButton(segment(projectionTitle(method), tip), static_cast<int>(method));
    methods_->button(static_cast<int>(ProjectionMethod::Recorded))->hide();
    spatial_ = segment(tr("3-D"), tr("Three dimensions: drag turns, wheel zooms"));
    row->addWidget(segments, 0, Qt::AlignVCenter);
    connect(methods_, &QButtonGroup::idClicked, this,
            [this](int id) { setMethod(static_cast<ProjectionMethod>(id)); });
    connect(spatial_, &QToolButton::clicked, this, [this](bool on) { setDimension(on ? 3 : 2); });
    return head;
}

QWidget* EmbeddingView::buildTools(QWidget* page) {
    auto* strip = new QWidget(page);
    auto* row = new QHBoxLayout(strip);
    row->setContentsMargins(0, scaled(2, font()), scaled(measure::kViewPadding, font()), 0);
    row->setSpacing(scaled(2, font()));
    legend_ = new ClassLegend(strip);
    row->addWidget(legend_, 1);
    colors_ = new QComboBox(strip);
    colors_->setAccessibleName(tr("Color of the points"));
    colors_->setToolTip(tr("What the colors say"));
    colors_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    colors_->setMinimumContentsLength(11);
    row->addWidget(colors_);
    row->addSpacing(scaled(4, font()));
    tools_ = new QButtonGroup(this);
    const struct {
        CloudTool tool;
        const char* icon;
        QString words;
    } all[] = {
        {CloudTool::Move, "move", tr("Move: drag pans (turns in three dimensions), wheel zooms")},
        {CloudTool::Lasso, "lasso",
         tr("Lasso: select what is inside; Shift adds, Alt takes away, "
            "both keep what is in both")},
        {CloudTool::Rectangle, "select-box",
         tr("Box: select what is inside; Shift adds, Alt takes away")}};
    for (const auto& one : all) {
        auto* button = new QToolButton(strip);
        button->setCheckable(true);
        button->setIcon(icon(QString::fromLatin1(one.icon)));
        button->setToolTip(one.words);
        button->setAccessibleName(one.words.section(QLatin1Char(':'), 0, 0));
        tools_->addButton(button, static_cast<int>(one.tool));
        row->addWidget(button);
    }
    tools_->button(static_cast<int>(CloudTool::Move))->setChecked(true);
    auto* fit = new QToolButton(strip);
    fit->setIcon(icon(QStringLiteral("fit")));
    fit->setToolTip(tr("Show all points (double click)"));
    fit->setAccessibleName(tr("Show all points"));
    row->addWidget(fit);
    connect(fit, &QToolButton::clicked, this, [this] {
        for (Side& side : sides_)
            side.cloud->fit();
    });
    connect(tools_, &QButtonGroup::idClicked, this, [this](int id) {
        for (Side& side : sides_)
            side.cloud->setTool(static_cast<CloudTool>(id));
    });
    connect(colors_, &QComboBox::currentIndexChanged, this, [this] {
        if (!isFilling_)
            setColor(static_cast<CloudColor>(colors_->currentData().toInt()));
    });
    connect(legend_, &ClassLegend::isolatedChanged, this, &EmbeddingView::isolate);
    return strip;
}

void EmbeddingView::buildSide(int index, QWidget* parent) {
    Side& side = sides_[static_cast<std::size_t>(index)];
    side.model = new EmbeddingModel(*context().store, this);
    side.cloud = new PointCloud(parent);
    side.cloud->setEmptyText(tr("The points appear here with the first snapshot of the run."));
    side.cloud->setPointNames([this, index](std::uint32_t point) {
        const PointFaces& faces = sides_[static_cast<std::size_t>(index)].faces;
        const QString label = faces.labelOf(point);
        return label.isEmpty() ? faces.name(point)
                               : tr("%1, label %2").arg(faces.name(point), label);
    });
    side.cloud->setCard([this, index](QPainter& painter, const QPointF& at, const QRect& room,
                                      std::uint32_t point) {
        const Side& one = sides_[static_cast<std::size_t>(index)];
        paintHoverCard(painter, at, room, point, one.faces, one.model->predicted(),
                       one.model->neighborhood(), tokensOf(one.cloud), font());
    });
    connect(side.cloud, &PointCloud::pointHovered, this, &EmbeddingView::hover);
    connect(side.cloud, &PointCloud::pointPinned, this, &EmbeddingView::pin);
    connect(side.cloud, &PointCloud::selectionChanged, this,
            [this, index] { select(sides_[static_cast<std::size_t>(index)].cloud->selected()); });
    connect(side.cloud, &PointCloud::classClicked, this, [this](int one) {
        isolate(isolated_ == std::vector{one} ? std::vector<int>{} : std::vector{one});
    });
    connect(side.cloud, &Plot::notice, this, &EmbeddingView::notice);
    connect(side.model, &EmbeddingModel::filmChanged, this, [this, index] { takeFilm(index); });
    connect(side.model, &EmbeddingModel::projectionChanged, this,
            [this, index] { takeProjection(index); });
    connect(side.model, &EmbeddingModel::placesChanged, this, [this, index] { showPlaces(index); });
    connect(side.model, &EmbeddingModel::detailsChanged, this,
            [this, index] { showDetails(index); });
    connect(side.model, &EmbeddingModel::projectionProgressed, this,
            &EmbeddingView::showProjectionState);
    connect(side.model, &EmbeddingModel::projectionEnded, this, [this](const QString& sentence) {
        bar_->setRemark(sentence, sentence != tr("Cancelled.") && !sentence.isEmpty());
        showProjectionState();
    });
    connect(side.model, &EmbeddingModel::failed, this, &EmbeddingView::notice);
}

QWidget* EmbeddingView::buildSpace(QWidget* page) {
    auto* halves = new QSplitter(Qt::Horizontal, page);
    halves->setChildrenCollapsible(false);
    auto* left = new QWidget(halves);
    auto* column = columnOf(left);
    contents_ = new QStackedWidget(left);
    clouds_ = new QSplitter(Qt::Horizontal, contents_);
    clouds_->setChildrenCollapsible(false);
    buildSide(0, clouds_);
    buildSide(1, clouds_);
    toolStrip_ = buildTools(left);
    column->addWidget(toolStrip_);
    for (Side& side : sides_)
        clouds_->addWidget(side.cloud);
    sides_[1].cloud->hide();
    contrast_ = new QSplitter(Qt::Horizontal, contents_);
    contrast_->setChildrenCollapsible(false);
    contents_->addWidget(clouds_);
    contents_->addWidget(contrast_);
    column->addWidget(contents_, 1);
    halves->addWidget(left);
    auto* right = new QWidget(halves);
    auto* list = columnOf(right);
    right->setProperty("surface", true);
    neighbors_ = new ThumbGrid(sides_[0].faces, right);
    neighbors_->setTitle(tr("Neighbors"), {});
    neighbors_->setKeptLines(2);
    neighbors_->setEmptyText(
        tr("Point at a sample, or pin it with a click: its nearest neighbors in the original "
           "space appear here, those of another label framed."));
    list->addWidget(neighbors_);
    list->addWidget(separator(right, Qt::Horizontal));
    triplets_ = new TripletList(sides_[0].faces, right);
    list->addWidget(triplets_, 1);
    list->addWidget(separator(right, Qt::Horizontal));
    quality_ = new FigureList(right);
    quality_->setAccessibleName(tr("Projection quality"));
    quality_->setTitle(tr("Projection quality"), {});
    list->addWidget(quality_, 1);
    gains_ = new FigureList(right);
    gains_->setAccessibleName(tr("What pre-training gives"));
    gains_->setTitle(tr("What pre-training gives"), {});
    gains_->hide();
    list->addWidget(gains_, 1);
    halves->addWidget(right);
    halves->setStretchFactor(0, 1);
    halves->setStretchFactor(1, 0);
    halves->setSizes({scaled(560, font()), scaled(kSideWidth, font())});
    return halves;
}

QSize EmbeddingView::minimumSizeHint() const {
    return {scaled(540, font()), scaled(390, font())};
}

void EmbeddingView::resizeEvent(QResizeEvent* event) {
    View::resizeEvent(event);
    updateLayout();
}

void EmbeddingView::updateLayout() {
    const bool isLow = height() < scaled(kLowBelow, font());
    halfButton_->setVisible(isLow);
    space_->setVisible(!isLow || !showsPlots_);
    bottom_->setVisible(!isLow || showsPlots_);
    // Without the plots the space takes all but the slider.
    QWidget* lower = bottom_->parentWidget();
    lower->setMaximumHeight(isLow && !showsPlots_ ? transport_->sizeHint().height()
                                                  : QWIDGETSIZE_MAX);
}

} // namespace inlay::widgets
