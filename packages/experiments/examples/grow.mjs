// A run as a module file: it needs no import, and runs in a worker thread from the command line.
export default (run, { random }) => ({
  outputs: {},
  metrics: { height: (run.factors.light === "high" ? 12 : 9) + 1.5 * run.factors.dose + random.normal() },
})
