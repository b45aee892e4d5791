#include <QtTest>

#include <QAbstractButton>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QToolButton>

#include "engine/analysis/predicted_time.h"
#include "engine/networks/network.h"
#include "sample_kind.h"
#include "widgets/forms/config_form.h"
#include "widgets/forms/field_editor.h"
#include "widgets/forms/form_row.h"
#include "widgets/forms/form_section.h"
#include "widgets/forms/setup_panel.h"
#include "widgets/forms/sweep_dialog.h"
#include "widgets/operators/cost_card.h"
#include "widgets/theme/theme.h"

using namespace inlay::test;
using namespace inlay::widgets;

Q_DECLARE_METATYPE(inlay::widgets::ThemeChoice)

namespace {

ProjectFile sampleProject() {
    ProjectFile project;
    project.kind = "sample";
    project.folder = "/tmp";
    project.title = "ViT STL r 24";
    project.config = {
        {"network", {{"kind", "vit"}, {"operator", {{"kind", "stl"}, {"rank", 24}}}}}};
    return project;
}

void setRow(SetupPanel& panel, const std::string& key, const QString& text) {
    FormRow* row = panel.form()->row(key);
    QVERIFY2(row, key.c_str());
    auto* edit = row->editor()->findChild<QLineEdit*>();
    QVERIFY(edit);
    edit->selectAll();
    QTest::keyClicks(edit, text);
}

/// A profile of even rates: 1e9 flops and 1e9 bytes a second, 1 ms a call.
MachineProfile evenProfile() {
    MachineProfile profile;
    profile.backend = "made up";
    profile.overheadSeconds = 1e-3;
    profile.copies = {{1e3, 1e9}, {1e6, 1e9}};
    return profile;
}

/// Every visible label and button whose text does not fit into it.
QStringList clippedTexts(const QWidget& root) {
    QStringList clipped;
    for (const QWidget* widget : root.findChildren<QWidget*>()) {
        if (!widget->isVisible() || widget->width() == 0)
            continue;
        const QFontMetrics metrics(widget->font());
        if (const auto* label = qobject_cast<const QLabel*>(widget)) {
            if (label->text().isEmpty())
                continue;
            const int height = label->wordWrap()
                                   ? metrics
                                         .boundingRect(QRect(0, 0, label->width(), 10000),
                                                       Qt::TextWordWrap, label->text())
                                         .height()
                                   : metrics.height();
            const bool wide =
                !label->wordWrap() && metrics.horizontalAdvance(label->text()) > label->width() + 1;
            // A single long word does not wrap.
            bool word = false;
            if (label->wordWrap())
                for (const QString& part : label->text().split(QLatin1Char(' ')))
                    word = word || metrics.horizontalAdvance(part) > label->width() + 1;
            if (wide || word || height > label->height() + 1)
                clipped << QStringLiteral("label \"%1\" in %2x%3")
                               .arg(label->text())
                               .arg(label->width())
                               .arg(label->height());
        } else if (const auto* button = qobject_cast<const QAbstractButton*>(widget)) {
            if (button->text().isEmpty())
                continue;
            if (button->width() < button->minimumSizeHint().width() ||
                metrics.horizontalAdvance(button->text()) > button->width())
                clipped << QStringLiteral("button \"%1\" in %2")
                               .arg(button->text())
                               .arg(button->width());
        } else if (const auto* box = qobject_cast<const QComboBox*>(widget)) {
            if (metrics.horizontalAdvance(box->currentText()) + 28 > box->width())
                clipped << QStringLiteral("combo \"%1\" in %2")
                               .arg(box->currentText())
                               .arg(box->width());
        }
    }
    for (const QWidget* widget : root.findChildren<QWidget*>())
        if (widget->isVisible() && widget->parentWidget() &&
            widget->geometry().right() > widget->parentWidget()->width() &&
            !qobject_cast<const QScrollArea*>(widget->parentWidget()))
            clipped << QStringLiteral("%1 \"%2\" reaches beyond its parent")
                               .arg(widget->metaObject()->className(), widget->accessibleName()) +
                           QStringLiteral(" %1 in %2 wide")
                               .arg(widget->geometry().right())
                               .arg(widget->parentWidget()->width());
    return clipped;
}

} // namespace

class TestSetupPanel : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        QVERIFY(cache_.isValid());
        qputenv("XDG_CACHE_HOME", cache_.path().toUtf8());
        theme_ = std::make_unique<Theme>(*qApp);
    }
    void init() {
        panel_ = std::make_unique<SetupPanel>(std::vector<const ExperimentKind*>{&kind_, &other_});
        panel_->resize(308, 760);
        panel_->setProject(sampleProject());
        panel_->show();
        QTRY_VERIFY(panel_->isReady());
    }
    void cleanup() { panel_.reset(); }

    void showsAndReturnsTheProject() {
        const ProjectFile project = panel_->project();
        QCOMPARE(kind_.schema().complete(project.config),
                 kind_.schema().complete(sampleProject().config));
        QCOMPARE(project.title, std::string("ViT STL r 24"));
        QCOMPARE(project.seed, 1);
    }

    void issueComesAndGoes() {
        setRow(*panel_, "network.operator.rank", "100");
        FormRow* row = panel_->form()->row("network.operator.rank");
        QTRY_VERIFY(!row->issues().isEmpty());
        QVERIFY(!panel_->isReady());
        setRow(*panel_, "network.operator.rank", "16");
        QTRY_VERIFY(panel_->isReady());
        QVERIFY(row->issues().isEmpty());
        // The kind's own check, on valid values.
        setRow(*panel_, "batch_size", "77");
        QTRY_COMPARE(panel_->form()->row("batch_size")->issues().size(), 1);
    }

    void runWaitsForTheCheck() {
        QSignalSpy wanted(panel_.get(), &SetupPanel::runWanted);
        setRow(*panel_, "epochs", "9");
        panel_->run();
        QCOMPARE(wanted.count(), 0);
        QTRY_COMPARE(wanted.count(), 1);
        setRow(*panel_, "epochs", "13");
        panel_->run();
        QTRY_VERIFY(!panel_->form()->row("epochs")->issues().isEmpty());
        QCOMPARE(wanted.count(), 1);
        QVERIFY(panel_->form()->row("epochs")->isAncestorOf(QApplication::focusWidget()));
    }

    void kindSwitchKeepsValues() {
        setRow(*panel_, "epochs", "9");
        auto* kinds = panel_->findChild<QComboBox*>();
        QCOMPARE(kinds->accessibleName(), QString("Kind"));
        kinds->setCurrentIndex(1);
        QCOMPARE(panel_->project().kind, std::string("other"));
        QCOMPARE(panel_->project().config, Json::object());
        kinds->setCurrentIndex(0);
        QCOMPARE(panel_->form()->row("epochs")->value(), Json(9));
    }

    void copiesTheCommandLine() {
        panel_->setProject(sampleProject(), "/tmp/p.inlay.json");
        setRow(*panel_, "learning_rate", "0.002");
        panel_->copyCommandLine();
        QCOMPARE(QGuiApplication::clipboard()->text(),
                 QString("inlay run /tmp/p.inlay.json --set learning_rate=0.002"));
    }

    void savesAndSaysWhyNot() {
        QSignalSpy saved(panel_.get(), &SetupPanel::saved);
        FormWorker worker;
        QSignalSpy written(&worker, &FormWorker::saved);
        const QString path = cache_.filePath("saved.inlay.json");
        worker.save(kind_, panel_->project(), path);
        QTRY_COMPARE(written.count(), 1);
        QCOMPARE(written[0][1].toString(), QString());
        const auto read = loadProject(path.toStdString(), {projectKind(kind_)});
        QVERIFY(read.issues.empty());
        QCOMPARE(kind_.schema().complete(read.project->config),
                 kind_.schema().complete(panel_->project().config));
        worker.save(kind_, panel_->project(), "/nowhere/at/all.inlay.json");
        QTRY_COMPARE(written.count(), 2);
        QVERIFY(written[1][1].toString().contains("/nowhere/at/all.inlay.json"));
    }

    void costFollowsTheForm() {
        auto* card = panel_->findChild<CostCard*>();
        QVERIFY(card->isVisibleTo(panel_.get()));
        QTRY_VERIFY(card->text().contains("limit"));
        QVERIFY(card->text().contains(QString::fromUtf8("2.67×")));
        QVERIFY(card->text().contains("not measured"));
        // The figures are the plan's.
        NetworkConfig config;
        config.model = VitConfig{};
        config.op = StlConfig{};
        const NetworkPlan plan = planNetwork(config, {28, 28, 1, 10}, 128);
        const std::optional<TrainingCost> cost =
            trainingCost(kind_.schema().complete(panel_->project().config), nullptr);
        QVERIFY(cost.has_value());
        QCOMPARE(cost->now.parameters, plan.parameters);
        QCOMPARE(cost->now.multiplyAddsPerSample, plan.multiplyAddsForward / 128);
        QCOMPARE(cost->structuredLayers, 24);
        QVERIFY(cost->layerSpeedup > 1.0 && cost->layerSpeedup < 64.0 / 24.0);
        QVERIFY(!cost->now.stepSeconds);

        MachineProfile profile = evenProfile();
        saveProfile(profile, profilePath("cpu", 0));
        QSignalSpy measure(panel_.get(), &SetupPanel::measureWanted);
        for (QPushButton* button : card->findChildren<QPushButton*>())
            QTest::mouseClick(button, Qt::LeftButton);
        QCOMPARE(measure.count(), 1);
        panel_->recheck();
        QTRY_VERIFY(card->text().contains(" ms ") || card->text().contains(" s "));
        QVERIFY(!card->text().contains("not measured"));
        QFile::remove(QString::fromStdString(profilePath("cpu", 0)));
    }

    void flagsAreSaidInWords() {
        auto* card = panel_->findChild<CostCard*>();
        auto* grouping =
            panel_->form()->row("network.operator.grouping")->editor()->findChild<QComboBox*>();
        grouping->setCurrentIndex(grouping->findData("across"));
        QTRY_VERIFY(card->text().contains("Mixes samples"));
    }

    void sweepCounts() {
        SweepDialog dialog(kind_, panel_->project());
        QVERIFY(!dialog.isModal());
        dialog.setSecondsPerRun(30);
        dialog.addAxis("network.operator.rank", "16, 24, 32");
        dialog.addAxis("learning_rate", "1e-3,2e-3");
        QSignalSpy checked(&dialog, &SweepDialog::checked);
        QCOMPARE(dialog.runs(), std::size_t{6});
        QVERIFY2(dialog.summary().contains("6 runs") && dialog.summary().contains("3"),
                 qPrintable(dialog.summary()));
        QTRY_VERIFY(checked.count() > 0);
        QCOMPARE(dialog.problem(), QString());
        const ProjectFile wanted = dialog.project();
        QCOMPARE(wanted.grid.size(), std::size_t{2});
        QCOMPARE(wanted.grid[0].values, (std::vector<Json>{16, 24, 32}));
        checked.clear();
        dialog.addAxis("epocks", "1,2");
        QTRY_VERIFY(checked.count() > 0);
        QTRY_VERIFY(dialog.problem().contains("epochs")); // the nearest key is named
        dialog.resize(520, 320);
        dialog.show();
        picture(dialog, "sweep");
    }

    void everythingHasANameAndFits_data() {
        QTest::addColumn<ThemeChoice>("choice");
        QTest::addColumn<QString>("name");
        QTest::newRow("light") << ThemeChoice::Light << "light";
        QTest::newRow("dark") << ThemeChoice::Dark << "dark";
    }
    void everythingHasANameAndFits() {
        QFETCH(ThemeChoice, choice);
        QFETCH(QString, name);
        theme_->setChoice(choice);
        QTest::qWait(20);
        picture(*panel_, "setup-" + name);
        setRow(*panel_, "network.operator.rank", "100");
        FormRow* row = panel_->form()->row("network.operator.rank");
        QTRY_VERIFY(!row->issues().isEmpty());
        for (FormSection* section : panel_->findChildren<FormSection*>())
            section->setMoreShown(true);
        QTest::qWait(50);
        picture(*panel_, "setup-issue-" + name);
        int named = 0;
        for (QWidget* widget : panel_->findChildren<QWidget*>()) {
            if (!widget->isVisible() || !(widget->focusPolicy() & Qt::TabFocus))
                continue;
            if (qobject_cast<QAbstractSpinBox*>(widget->parentWidget()) ||
                qobject_cast<QComboBox*>(widget->parentWidget()))
                continue;
            QAccessibleInterface* face = QAccessible::queryAccessibleInterface(widget);
            QVERIFY(face);
            QVERIFY2(!face->text(QAccessible::Name).isEmpty(), widget->metaObject()->className());
            ++named;
        }
        QVERIFY2(named > 30, qPrintable(QString::number(named)));
        auto* area = panel_->findChild<QScrollArea*>();
        QStringList wide;
        for (const QWidget* widget : area->widget()->findChildren<QWidget*>())
            if (widget->isVisible() &&
                widget->minimumSizeHint().width() > area->viewport()->width() - 20)
                wide << QStringLiteral("%1 %2 needs %3")
                            .arg(widget->metaObject()->className(), widget->accessibleName())
                            .arg(widget->minimumSizeHint().width());
        QVERIFY2(wide.isEmpty(), qPrintable(wide.join("; ")));
        const QStringList clipped = clippedTexts(*panel_);
        QVERIFY2(clipped.isEmpty(), qPrintable(clipped.join("; ")));
        area->widget()->resize(area->viewport()->width(), area->widget()->sizeHint().height());
        picture(*area->widget(), "setup-all-" + name);
    }

    void tabGoesThroughTheForm() {
        QStringList order;
        QWidget* widget = panel_->findChild<QComboBox*>();
        for (int i = 0; i < 3000 && widget; ++i) {
            widget = widget->nextInFocusChain();
            if (widget == panel_->findChild<QComboBox*>())
                break;
            if (widget->isVisible() && widget->focusPolicy() & Qt::TabFocus &&
                !widget->accessibleName().isEmpty())
                order << widget->accessibleName();
        }
        const auto position = [&](const char* name) {
            return order.indexOf(QString(name));
        };
        QVERIFY2(position("Model") >= 0, qPrintable(order.join(", ")));
        QVERIFY2(position("Model") < position("Width"), qPrintable(order.join(", ")));
        QVERIFY(position("Width") < position("Rank"));
        QVERIFY(position("Rank") < position("Epochs"));
        QVERIFY(position("Epochs") < position("Seed"));
        QVERIFY(position("Seed") < position("Copy command line"));
    }

private:
    /// Pictures for the eye, when a folder is given.
    static void picture(QWidget& widget, const QString& name) {
        const QString folder = qEnvironmentVariable("INLAY_TEST_PICTURES");
        if (!folder.isEmpty())
            QVERIFY(widget.grab().save(folder + "/" + name + ".png"));
    }

    QTemporaryDir cache_;
    SampleKind kind_;
    SampleKind other_{"other"};
    std::unique_ptr<Theme> theme_;
    std::unique_ptr<SetupPanel> panel_;
};

QTEST_MAIN(TestSetupPanel)
#include "test_setup_panel.moc"
