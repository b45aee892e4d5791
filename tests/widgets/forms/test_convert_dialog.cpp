#include <QTemporaryDir>
#include <QtTest>

#include <QPushButton>

#include "engine/experiments/train/train_kind.h"
#include "engine/runner/executor.h"
#include "engine/schema/assignments.h"
#include "engine/store/run_store.h"
#include "widgets/forms/config_form.h"
#include "widgets/forms/form_row.h"
#include "widgets/operators/convert_dialog.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/theme.h"

using namespace inlay;
using engine::Json;
using widgets::ConvertDialog;

namespace {

constexpr int kPatience = 30'000;

} // namespace

/// The dialog on a store with one small trained run.
class TestConvertDialog : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    QString path_;
    engine::RunId run_ = 0;
    std::unique_ptr<widgets::Theme> theme_;

    static QPushButton* startOf(ConvertDialog& dialog) {
        for (QPushButton* button : dialog.findChildren<QPushButton*>())
            if (button->property("primary").toBool())
                return button;
        return nullptr;
    }

    static void change(ConvertDialog& dialog, const char* key, const Json& value) {
        Json values = dialog.values();
        values[Json::json_pointer(std::string("/") + key)] = value;
        dialog.form()->setConfig(engine::train::convertSchema(), values);
        emit dialog.form()->changed();
    }

    static QString issueAt(ConvertDialog& dialog, const char* key) {
        const widgets::FormRow* row = dialog.form()->row(key);
        return row ? row->issues().join(QLatin1Char(' ')) : QStringLiteral("no row");
    }

private slots:
    void initTestCase() {
        theme_ = std::make_unique<widgets::Theme>(*qApp);
        path_ = folder_.filePath(QStringLiteral("runs.db"));
        const engine::Assigned assigned =
            engine::assign(engine::train::trainKind().schema(), Json::object(),
                           {{"dataset.kind", "digits"},
                            {"dataset.count", 200},
                            {"dataset.test_count", 50},
                            {"network.kind", "mlp"},
                            {"network.hidden", {24, 16}},
                            {"learning_rate", 0.004},
                            {"epochs", 2}});
        QVERIFY(assigned.issues.empty());
        auto store = engine::RunStore::open(path_.toStdString(), engine::OpenMode::Create);
        engine::NewRun row;
        row.name = "Digits, two layers";
        row.kind = "train";
        row.config = engine::train::trainKind().schema().complete(assigned.config);
        row.device = "cpu";
        row.threads = 1;
        row.status = engine::RunStatus::Running;
        row.process = engine::ProcessIdentity::current();
        run_ = store.insertRun(row);
        QVERIFY(engine::executeRun(path_.toStdString(), run_, engine::train::trainKind(), nullptr)
                    .status == engine::RunStatus::Finished);
    }

    void beginsWithTheRunsRateAndSaysWhatItCosts() {
        widgets::StoreClient client(path_);
        ConvertDialog dialog(client, run_, QStringLiteral("Digits, two layers"));
        dialog.show();
        QTRY_VERIFY_WITH_TIMEOUT(startOf(dialog)->isEnabled(), kPatience);
        const Json full = engine::train::convertSchema().complete(dialog.values());
        QCOMPARE(full.at("learning_rate"), Json(0.004));
        QCOMPARE(full.at("epochs"), Json(2));
        QVERIFY2(dialog.summary().startsWith(QStringLiteral("2 layers. Parameters ")),
                 qPrintable(dialog.summary()));
        QVERIFY(dialog.problem().isEmpty());
        if (const QString pictures = qEnvironmentVariable("INLAY_PICTURES"); !pictures.isEmpty())
            for (const auto& [choice, name] : {std::pair{widgets::ThemeChoice::Light, "light"},
                                               {widgets::ThemeChoice::Dark, "dark"}}) {
                theme_->setChoice(choice);
                QTest::qWait(50);
                dialog.grab().save(pictures + QStringLiteral("/convert-%1.png").arg(name));
            }
    }

    void wrongValuesShowAtTheirField() {
        widgets::StoreClient client(path_);
        ConvertDialog dialog(client, run_, QStringLiteral("Digits"));
        QTRY_VERIFY_WITH_TIMEOUT(startOf(dialog)->isEnabled(), kPatience);
        change(dialog, "operator", {{"kind", "low_rank"}, {"rank", 17}});
        QVERIFY(!startOf(dialog)->isEnabled());
        QTRY_VERIFY_WITH_TIMEOUT(
            issueAt(dialog, "operator.rank").contains(QStringLiteral("1 to 16")), kPatience);
        QVERIFY(!startOf(dialog)->isEnabled());
        if (const QString pictures = qEnvironmentVariable("INLAY_PICTURES"); !pictures.isEmpty()) {
            dialog.show();
            QTest::qWait(50);
            dialog.grab().save(pictures + QStringLiteral("/convert-issue.png"));
        }
        change(dialog, "operator", {{"kind", "low_rank"}, {"rank", 8}});
        QTRY_VERIFY_WITH_TIMEOUT(startOf(dialog)->isEnabled(), kPatience);
        QVERIFY(issueAt(dialog, "operator.rank").isEmpty());
        change(dialog, "target", "attention"); // which a fully connected network has not
        QTRY_VERIFY_WITH_TIMEOUT(!issueAt(dialog, "target").isEmpty(), kPatience);
    }

    void theButtonAsksForTheConversion() {
        widgets::StoreClient client(path_);
        ConvertDialog dialog(client, run_, QStringLiteral("Digits"));
        QTRY_VERIFY_WITH_TIMEOUT(startOf(dialog)->isEnabled(), kPatience);
        change(dialog, "operator", {{"kind", "monarch"}, {"blocks", 4}});
        QTRY_VERIFY_WITH_TIMEOUT(startOf(dialog)->isEnabled(), kPatience);
        std::vector<engine::train::ConvertRequest> wanted;
        connect(&dialog, &ConvertDialog::convertWanted, &dialog,
                [&](engine::RunId, const engine::train::ConvertRequest& request) {
                    wanted.push_back(request);
                });
        startOf(dialog)->click();
        QCOMPARE(wanted.size(), std::size_t{1});
        QCOMPARE(wanted[0].op.at("kind"), Json("monarch"));
        QCOMPARE(wanted[0].layers, std::vector<std::string>{"blocks"});
        auto store = engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadWrite);
        QVERIFY(engine::train::prepareConversion(store, *store.run(run_), wanted[0], {})
                    .issues.empty());
    }

    void aRunThatIsGoneSaysSo() {
        widgets::StoreClient client(path_);
        ConvertDialog dialog(client, 4711, QStringLiteral("gone"));
        QTRY_VERIFY_WITH_TIMEOUT(dialog.problem().contains(QStringLiteral("no longer")), kPatience);
        QVERIFY(!startOf(dialog)->isEnabled());
    }
};

QTEST_MAIN(TestConvertDialog)
#include "test_convert_dialog.moc"
