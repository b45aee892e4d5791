#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "app/gpu_check/result_file.h"

namespace inlay::app {

/// What the command line said.
struct Options {
    std::string command; // "ops", "gradients", "train", "precision", "bench ops", …, "summary"
    std::string device = "cuda:0";
    std::string out; // where rows are added; empty: nowhere
    bool resume = false;
    bool inProcess = false;
    bool small = false;
    int threads = 0; // of the host, 0 = all
    About about;
    std::string filter;
    std::vector<std::string> precisions; // of "f32", "tf32", "bf16"; empty: the command's own
    std::vector<std::string> networks;   // bench train
    std::vector<std::string> operators;  // bench train
    std::string reference;               // train: losses to compare with
    std::string write;                   // train: where to write them
    int steps = 200;                     // train
};

/// A sentence on what is wrong with the command line.
class BadArguments : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Throws BadArguments. Without arguments, or with --help, the command is "help".
Options parseOptions(const std::vector<std::string>& arguments);

/// What the program can do, for people.
std::string usage();

} // namespace inlay::app
