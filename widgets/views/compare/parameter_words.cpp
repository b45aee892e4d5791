#include "widgets/views/compare/parameter_words.h"

#include <QCoreApplication>

#include "engine/schema/field.h"

namespace inlay::widgets {
namespace {

QString spelled(const std::string& key) {
    QString text = QString::fromStdString(key).section(QLatin1Char('.'), -1);
    text.replace(QLatin1Char('_'), QLatin1Char(' '));
    if (!text.isEmpty())
        text[0] = text[0].toUpper();
    return text;
}

QString translated(const char* text) {
    return QCoreApplication::translate("ParameterWords", text);
}

} // namespace

ParameterWords::ParameterWords(const std::vector<const engine::ExperimentKind*>& kinds)
    : kinds_(kinds) {
    for (const engine::ExperimentKind* kind : kinds) {
        for (const engine::FieldInfo& info : kind->schema().allFields()) {
            Field& field = fields_[info.key];
            if (field.title.isEmpty())
                field.title = QString::fromStdString(info.title);
            for (const engine::Choice& choice : info.choices)
                field.choices.emplace(choice.id, QString::fromStdString(choice.title));
            const std::size_t dot = info.key.rfind('.');
            const std::string prefix =
                dot == std::string::npos ? std::string() : info.key.substr(0, dot);
            if (!info.groups.empty())
                sections_.emplace(prefix, QString::fromStdString(info.groups.back()));
        }
    }
    // A variant's group is called like the choice in it; the row says it already.
    for (auto& [prefix, title] : sections_)
        if (const auto kind = fields_.find(prefix + ".kind");
            kind != fields_.end() && kind->second.title == title)
            title = spelled(prefix);
}

QString ParameterWords::title(const std::string& key) const {
    const auto found = fields_.find(key);
    return found != fields_.end() && !found->second.title.isEmpty() ? found->second.title
                                                                    : spelled(key);
}

QString ParameterWords::section(const std::string& prefix) const {
    const auto found = sections_.find(prefix);
    if (found != sections_.end())
        return found->second;
    return prefix.empty() ? translated(QT_TRANSLATE_NOOP("ParameterWords", "General"))
                          : spelled(prefix);
}

QString ParameterWords::value(const std::string& key,
                              const std::optional<engine::Json>& value) const {
    if (!value || value->is_null())
        return QStringLiteral("–");
    if (value->is_boolean())
        return translated(value->get<bool>() ? QT_TRANSLATE_NOOP("ParameterWords", "yes")
                                             : QT_TRANSLATE_NOOP("ParameterWords", "no"));
    if (value->is_number_float())
        return QString::fromStdString(engine::numberText(value->get<double>()));
    if (!value->is_string())
        return value->empty() && value->is_structured()
                   ? translated(QT_TRANSLATE_NOOP("ParameterWords", "none"))
                   : QString::fromStdString(engine::dumpJson(*value));
    const auto text = value->get<std::string>();
    if (const auto field = fields_.find(key); field != fields_.end())
        if (const auto choice = field->second.choices.find(text);
            choice != field->second.choices.end() && !choice->second.isEmpty())
            return choice->second;
    return text.empty() ? translated(QT_TRANSLATE_NOOP("ParameterWords", "none"))
                        : QString::fromStdString(text);
}

bool ParameterWords::isOneOfMany(const std::string& name) const {
    for (const engine::ExperimentKind* kind : kinds_)
        for (const auto type : {engine::OutputType::Metric, engine::OutputType::Series})
            if (const auto* output = engine::findOutput(kind->outputs(), type, name))
                return output->name != name;
    return false;
}

QString environmentTitle(const std::string& key) {
    if (key == "inlay")
        return translated(QT_TRANSLATE_NOOP("ParameterWords", "Inlay version"));
    if (key == "commit")
        return translated(QT_TRANSLATE_NOOP("ParameterWords", "Code, commit"));
    if (key == "cpu")
        return translated(QT_TRANSLATE_NOOP("ParameterWords", "CPU"));
    if (key == "blas")
        return translated(QT_TRANSLATE_NOOP("ParameterWords", "BLAS core"));
    return spelled(key);
}

} // namespace inlay::widgets
