#include "engine/experiments/active_ranking/machine_session.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "engine/experiments/active_ranking/frames.h"
#include "engine/experiments/active_ranking/local_search.h"

namespace inlay::engine::active_ranking {
namespace {

constexpr int kCurvePoints = 24;
// A frame holds at most 1 MiB.
constexpr std::size_t kPairsInFrame = (std::size_t{1} << 20) / sizeof(Pair);

double relative(std::int64_t loss, std::int64_t opt) {
    return static_cast<double>(loss - opt) / static_cast<double>(std::max<std::int64_t>(1, opt));
}

std::string nameWith(const char* prefix, StrategyId strategy) {
    return fmt::format("{}/{}", prefix, nameOf(strategy));
}

} // namespace

MachineSession::MachineSession(ActiveRankingConfig config, RunContext& context)
    : config_(std::move(config))
    , context_(context)
    , scores_(context.recorder())
    , strategies_(chosenStrategies(config_.strategies)) {
    if (const auto* file = std::get_if<FileOracle>(&config_.oracle)) {
        file_ = readFileLabels(*file);
        items_ = file_->tournament.items();
    } else {
        items_ = static_cast<Item>(std::get<SimulatedOracle>(config_.oracle).items);
    }
    RingConfig& ring = simulation_.ring;
    ring.init = config_.ring.init;
    ring.budget = budgetFor(config_.budget, items_);
    if (file_)
        ring.budget = std::min(ring.budget, file_->tournament.labelCount());
    ring.rounds = config_.ring.rounds;
    ring.sweeps = static_cast<int>(config_.ring.sweeps);
    ring.weighted = config_.ring.weighted;
    ring.stopGain = config_.ring.stopGain;
    simulation_.literal = config_.literal;
    checkpoints_ = curveCheckpoints(items_, ring.budget, kCurvePoints);
}

void MachineSession::announceFile() {
    for (std::size_t i = 0; i < file_->names.size(); ++i)
        context_.recorder().resultRow("items", static_cast<std::int64_t>(i),
                                      {{"item", i}, {"name", file_->names[i]}, {"file", ""}});
    for (const std::string& warning : file_->warnings)
        context_.event(EventLevel::Warning, warning + '.');
    const std::int64_t all = pairCount(items_);
    const std::int64_t known = file_->tournament.labelCount();
    if (known < all)
        context_.event(EventLevel::Info,
                       fmt::format("The file has labels for {} of the {} pairs; the others cannot "
                                   "be bought.",
                                   known, all));
    if (file_->components.size() > 1) {
        std::vector<std::string> firsts;
        for (const std::vector<Item>& component : file_->components)
            firsts.push_back(fmt::format("{} with {} more",
                                         file_->names[static_cast<std::size_t>(component.front())],
                                         component.size() - 1));
        constexpr std::size_t kShown = 5;
        firsts.resize(std::min(firsts.size(), kShown));
        context_.event(EventLevel::Warning,
                       fmt::format("The comparisons fall into {} parts that nothing compares with "
                                   "each other; their order against each other means nothing: "
                                   "{}{}.",
                                   file_->components.size(), fmt::join(firsts, "; "),
                                   file_->components.size() > kShown ? "; …" : ""));
    }
}

// What a reader of the run has to know about its limits.
void MachineSession::announce() {
    if (file_)
        announceFile();
    const std::int64_t all = pairCount(items_);
    if (const std::int64_t wanted = labelsWanted(config_.budget, items_); wanted > all)
        context_.event(EventLevel::Warning,
                       fmt::format("The budget is {} labels, more than the {} pairs of {} items: "
                                   "all pairs are bought.",
                                   wanted, all, items_));
    if (config_.strategies.sampleAndRank) {
        const double needed = literalLabels(items_, config_.literal.epsilon);
        if (needed > static_cast<double>(all))
            context_.event(
                EventLevel::Warning,
                fmt::format("SampleAndRank's guarantee asks for about {:.2g} labels (eps^-6 n ln^5 "
                            "n with eps = {:g}), {:.3g} times the {} pairs there are: blocks that "
                            "need more than they have query all their pairs.",
                            needed, config_.literal.epsilon, needed / static_cast<double>(all),
                            all));
    }
}

RunOutcome MachineSession::run() {
    announce();
    for (std::int64_t replicate = 0; replicate < config_.replicates; ++replicate) {
        if (!runReplicate(replicate))
            return {RunEnd::Stopped, {}};
    }
    recordMeans();
    return {};
}

bool MachineSession::runReplicate(std::int64_t replicate) {
    const RandomStream stream =
        context_.stream("active_ranking.replicate").split(static_cast<std::uint64_t>(replicate));
    SimulatedLabels labels;
    if (!file_)
        labels = simulateLabels(items_, std::get<SimulatedOracle>(config_.oracle).noise,
                                stream.split("noise"));
    const Tournament& tournament = file_ ? file_->tournament : labels.tournament;
    const std::optional<BestKnown> best =
        bestKnownOrder(tournament, labels.base, static_cast<int>(config_.referenceStarts),
                       stream.split("reference"), [this] { return context_.proceed(); });
    if (!best)
        return false;
    const std::int64_t opt = best->loss;
    optSum_ += static_cast<double>(opt);
    const auto strategies = static_cast<std::int64_t>(strategies_.size());
    for (std::int64_t i = 0; i < strategies; ++i) {
        if (!runStrategy(strategies_[static_cast<std::size_t>(i)], replicate, tournament, opt,
                         stream))
            return false;
        context_.progress(replicate * strategies + i + 1, config_.replicates * strategies);
    }
    return true;
}

bool MachineSession::runStrategy(StrategyId strategy, std::int64_t replicate,
                                 const Tournament& tournament, std::int64_t opt,
                                 const RandomStream& stream) {
    RunRecorder& recorder = context_.recorder();
    const int regrets =
        recorder.series(fmt::format("{}/{}", nameWith("regret", strategy), replicate + 1));
    const int losses =
        recorder.series(fmt::format("{}/{}", nameWith("loss", strategy), replicate + 1));
    Totals& totals = totals_[strategy];
    std::size_t filmed = 0;
    std::int64_t last = 0;
    bool goesOn = true;
    const SimulationResult result = simulate(
        strategy, tournament, simulation_, checkpoints_, stream, [&](const Snapshot& snapshot) {
            const std::int64_t loss = tournament.loss(snapshot.order);
            recorder.record(regrets, snapshot.labels, relative(loss, opt));
            recorder.record(losses, snapshot.labels, static_cast<double>(loss));
            CurvePoint& point = totals.curve[snapshot.checkpoint];
            point.labels += static_cast<double>(snapshot.labels);
            point.regret += relative(loss, opt);
            ++point.count;
            if (replicate == 0) {
                recordFilm(strategy, snapshot.labels, snapshot.order,
                           snapshot.bought.subspan(filmed));
                filmed = snapshot.bought.size();
            }
            last = snapshot.labels;
            context_.reportMetrics();
            goesOn = context_.proceed();
            return goesOn;
        });
    if (!goesOn)
        return false;
    const std::int64_t loss = tournament.loss(result.order);
    // The last point is the end, whatever the checkpoints are.
    if (result.labels > last) {
        recorder.record(regrets, result.labels, relative(loss, opt));
        recorder.record(losses, result.labels, static_cast<double>(loss));
    }
    if (replicate == 0 && result.labels > last)
        recordFilm(strategy, result.labels, result.order,
                   std::span<const Pair>(result.bought).subspan(filmed));
    if (loss < opt)
        context_.event(EventLevel::Warning,
                       fmt::format("{} found a ranking of loss {} in replicate {}, better than the "
                                   "reference's {}: raise reference_starts.",
                                   titleOf(strategy), loss, replicate + 1, opt));
    recordEnd(strategy, replicate, result, loss, opt);
    return true;
}

void MachineSession::recordFilm(StrategyId strategy, std::int64_t labels, const Order& order,
                                std::span<const Pair> bought) {
    // Pieces that are too large for a frame carry the steps before the last one.
    while (bought.size() > kPairsInFrame) {
        context_.recorder().frame(
            labelsFrame(nameWith("labels", strategy),
                        labels - static_cast<std::int64_t>(bought.size() - kPairsInFrame),
                        bought.first(kPairsInFrame)));
        bought = bought.subspan(kPairsInFrame);
    }
    context_.recorder().frame(labelsFrame(nameWith("labels", strategy), labels, bought));
    context_.recorder().frame(orderFrame(nameWith("order", strategy), labels, order));
}

void MachineSession::recordEnd(StrategyId strategy, std::int64_t replicate,
                               const SimulationResult& result, std::int64_t loss,
                               std::int64_t opt) {
    Totals& totals = totals_[strategy];
    totals.labels += static_cast<double>(result.labels);
    totals.loss += static_cast<double>(loss);
    totals.regret += relative(loss, opt);
    context_.recorder().resultRow("results", resultRows_++,
                                  {{"replicate", replicate + 1},
                                   {"strategy", nameOf(strategy)},
                                   {"labels", result.labels},
                                   {"loss", loss},
                                   {"opt", opt},
                                   {"regret", relative(loss, opt)}});
    if (replicate > 0)
        return;
    recordScores(strategy, result);
    for (const Block& block : result.blocks)
        context_.recorder().resultRow(
            "blocks", blockRows_++,
            {{"strategy", nameOf(strategy)},
             {"first", block.first},
             {"last", block.last},
             {"reason", block.reason == BlockReason::Small ? "small" : "chaotic"}});
    if (strategy == StrategyId::SampleAndRank)
        context_.event(EventLevel::Info,
                       fmt::format("SampleAndRank bought {} of {} labels: {} nodes, {} blocks, "
                                   "local improvement ran in {} nodes and made {} moves.",
                                   result.labels, pairCount(items_), result.literal.nodes,
                                   result.blocks.size(), result.literal.improveCalls,
                                   result.literal.moves));
}

void MachineSession::recordScores(StrategyId strategy, const SimulationResult& result) {
    ComparisonTable comparisons;
    for (Item item = 0; item < items_; ++item)
        comparisons.items.push_back(file_ ? file_->names[static_cast<std::size_t>(item)]
                                          : std::to_string(item + 1));
    for (const Pair& pair : result.bought)
        comparisons.rows.push_back({pair.left, pair.right, Outcome::Left, 1, {}, {}});
    scores_.add(nameOf(strategy), comparisons, result.order);
}

void MachineSession::recordMeans() {
    RunRecorder& recorder = context_.recorder();
    const auto replicates = static_cast<double>(config_.replicates);
    recorder.metric("opt", optSum_ / replicates);
    for (const StrategyId strategy : strategies_) {
        const Totals& totals = totals_[strategy];
        const int series = recorder.series(nameWith("regret", strategy));
        std::int64_t last = 0;
        for (const auto& [index, point] : totals.curve) {
            if (point.count < config_.replicates)
                continue; // sorts end at different numbers of labels
            last = std::llround(point.labels / replicates);
            recorder.record(series, last, point.regret / replicates);
        }
        if (const std::int64_t end = std::llround(totals.labels / replicates); end > last)
            recorder.record(series, end, totals.regret / replicates);
        recorder.metric(nameWith("regret", strategy), totals.regret / replicates);
        recorder.metric(nameWith("loss", strategy), totals.loss / replicates);
        recorder.metric(nameWith("labels", strategy), totals.labels / replicates);
    }
    context_.reportMetrics();
}

} // namespace inlay::engine::active_ranking
