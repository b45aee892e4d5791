#include "widgets/theme/tokens.h"

namespace inlay::widgets {
namespace {

Tokens light() {
    Tokens t;
    t.surface = "#FFFFFF";
    t.raised = "#F4F5F7";
    t.field = "#FFFFFF";
    t.border = "#D3D7DE";
    t.hair = "#EBEDF0";
    t.control = "#858D9A";
    t.text = "#1A1E25";
    t.muted = "#596170";
    t.disabled = "#9AA1AC";
    t.accent = "#474CC2";
    t.onAccent = "#FFFFFF";
    t.selection = "#E6E7FA";
    t.baselineRow = "#F7F8FA";
    t.differs = "#FFF8E6";
    t.good = "#146F44";
    t.warn = "#8F5B00";
    t.bad = "#BF2F2A";
    t.track = "#DDE0E6";
    t.grid = "#EEF0F3";
    t.axis = "#878F9B";
    t.noValue = "#E5D3DC";
    t.neutral = "#F3F3F3";
    t.series = {"#2B313B", "#B87800", "#2A8CC2", "#008560",
                "#857B00", "#0072B2", "#CB5500", "#B65A90"};
    return t;
}

Tokens dark() {
    Tokens t;
    t.surface = "#16191E";
    t.raised = "#1F232A";
    t.field = "#12151A";
    t.border = "#3A414C";
    t.hair = "#272C34";
    t.control = "#7D8796";
    t.text = "#E6E9EE";
    t.muted = "#A2ABB8";
    t.disabled = "#6B7482";
    t.accent = "#9DA3FF";
    t.onAccent = "#14162B";
    t.selection = "#2C2F4E";
    t.baselineRow = "#1B2027";
    t.differs = "#2A2A22";
    t.good = "#55C58E";
    t.warn = "#E2A93B";
    t.bad = "#FF8379";
    t.track = "#363D48";
    t.grid = "#262B33";
    t.axis = "#667080";
    t.noValue = "#4B3A45";
    t.neutral = "#2B3038";
    t.series = {"#D5DAE2", "#E69F00", "#56B4E9", "#1DB88A",
                "#D9CF3F", "#4C9BE0", "#F0763A", "#DB8FBB"};
    return t;
}

} // namespace

const Tokens& tokens(Appearance appearance) {
    static const Tokens lightTokens = light();
    static const Tokens darkTokens = dark();
    return appearance == Appearance::Dark ? darkTokens : lightTokens;
}

} // namespace inlay::widgets
