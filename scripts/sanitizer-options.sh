# Sourced by what runs programs that are built with sanitizers, $preset being how: what they leave out, and `fixed_addresses`,
# the words to start the programs with.
export LSAN_OPTIONS="suppressions=$PWD/scripts/leak-sanitizer-suppressions.txt ${LSAN_OPTIONS:-}"
# What libraries do among themselves is not looked at: each race of theirs, suppressed or not, makes the next slower to find.
export TSAN_OPTIONS="suppressions=$PWD/scripts/thread-sanitizer-suppressions.txt ignore_noninstrumented_modules=1 ${TSAN_OPTIONS:-}"
# Programs with ThreadSanitizer don't start where the kernel moves memory about more than they expect.
fixed_addresses=()
if [ "$preset" = tsan ] && setarch "$(uname -m)" --addr-no-randomize true 2>/dev/null; then
  fixed_addresses=(setarch "$(uname -m)" --addr-no-randomize)
fi
