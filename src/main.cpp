#include "cli/command.h"

int main(int count, char** values) { return ashlar::cli::run({values + 1, values + count}); }
