import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { PassThrough, Writable } from "node:stream"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import * as Progress from "@heddle/core/Progress"
import * as ProgressBlock from "@heddle/core/ProgressBlock"
import * as ProgressPrinter from "@heddle/core/ProgressPrinter"
import * as ProgressTerminal from "@heddle/core/node/ProgressTerminal"
import { VirtualTerminal } from "./virtualTerminal.ts"

const snapshotOf = (over: Partial<Progress.Snapshot> = {}): Progress.Snapshot => ({
  state: "running",
  atMs: 2_000,
  session: 1,
  concurrency: 4,
  placement: "fibers",
  counts: {
    planned: 12,
    succeeded: 4,
    failed: 1,
    timedOut: 0,
    interrupted: 0,
    notStarted: 0,
    skipped: 0,
    reused: 0,
  },
  total: 12,
  done: 5,
  remaining: 7,
  runningCount: 2,
  running: [
    { id: "GAMMA", label: "GAMMA", attempt: 1, elapsedMs: 1_200, retrying: false },
    { id: "DELTA", label: "DELTA", attempt: 2, elapsedMs: 800, retrying: false },
  ],
  retries: 1,
  elapsedMs: 2_000,
  ratePerSecond: 2.5,
  meanRatePerSecond: 2.5,
  etaMs: 2_800,
  failures: [{ id: "BETA", label: "BETA", status: "failed", tag: "Forbidden", message: "403 for BETA" }],
  ...over,
})

const ended = snapshotOf({
  state: "ended",
  status: "partial",
  counts: { ...snapshotOf().counts, succeeded: 10, failed: 2 },
  done: 12,
  remaining: 0,
  runningCount: 0,
  running: [],
  elapsedMs: 4_100,
  meanRatePerSecond: 12 / 4.1,
})

const live = (columns: number, rows: number, over: Partial<ProgressBlock.ProgressBlockOptions> = {}) => {
  const screen = new VirtualTerminal(columns, rows)
  let width = columns
  const printer = ProgressBlock.terminal({
    write: screen.write,
    title: "studies",
    columns: () => width,
    rows: () => rows,
    ...over,
  })
  return { screen, printer, resize: (to: number) => (screen.resize(to), (width = to)) }
}

describe("a terminal", () => {
  it("one block tells bar, numbers, outcomes in words, running units and the last failure", () => {
    const { screen, printer } = live(80, 24)
    printer.print(snapshotOf())
    expect(screen.text()).toBe(
      [
        "studies  ████████████░░░░░░░░░░░░░░░░░░  5/12  41 %  2.5/s  2.0 s  2.8 s left",
        "  4 succeeded, 1 failed, 1 retry",
        "  GAMMA  1.2 s",
        "  DELTA  0.8 s  try 2",
        "  last failure: BETA: Forbidden: 403 for BETA",
        "",
      ].join("\n"),
    )
  })

  it("a redraw leaves exactly one block, and what was logged stays above it", () => {
    const { screen, printer } = live(80, 24)
    printer.log("before anything")
    for (let i = 0; i < 20; i++) {
      printer.print(snapshotOf({ runningCount: i % 3, running: snapshotOf().running.slice(0, i % 3) }))
      if (i % 5 === 0) printer.log(`line ${i}`)
    }
    printer.print(snapshotOf({ failures: [] }))
    expect(screen.text().split("\n")).toEqual([
      "before anything",
      "line 0",
      "line 5",
      "line 10",
      "line 15",
      "studies  ████████████░░░░░░░░░░░░░░░░░░  5/12  41 %  2.5/s  2.0 s  2.8 s left",
      "  4 succeeded, 1 failed, 1 retry",
      "  GAMMA  1.2 s",
      "  DELTA  0.8 s  try 2",
      "",
    ])
    printer.print(ended)
    printer.close()
    expect(screen.text().split("\n").slice(4)).toEqual([
      "line 15",
      "studies 12/12 done in 4.1 s (2.9/s on average), 1 retry: 10 succeeded, 2 failed",
      "",
    ])
    expect(screen.wraps).toBe(0)
  })

  it("the block stays one when it scrolls at the foot of a low window", () => {
    const { screen, printer } = live(60, 4)
    for (let i = 0; i < 10; i++) {
      printer.log(`line ${i}`)
      printer.print(snapshotOf())
    }
    const text = screen.text().split("\n")
    expect(text.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, i) => `line ${i}`))
    expect(text.length).toBe(10 + 3 + 1)
  })

  it("no line reaches the last column, whatever the width; wide characters count twice", () => {
    const running = [{ id: "漢", label: "漢字漢字漢字漢字漢字漢字", attempt: 1, elapsedMs: 1_200, retrying: false }]
    for (let columns = 8; columns <= 120; columns++) {
      const { screen, printer } = live(columns, 24)
      printer.print(snapshotOf({ running, runningCount: 1 }))
      printer.print(snapshotOf({ running, runningCount: 1 }))
      expect({ columns, wraps: screen.wraps, rows: screen.text().split("\n").length }).toEqual({
        columns,
        wraps: 0,
        rows: 5,
      })
    }
    const { screen, printer } = live(24, 24)
    printer.print(snapshotOf({ running, runningCount: 1 }))
    // 23 columns: the time takes 7 of them; in 16 there is room for two spaces, six wide characters and an ellipsis.
    expect(screen.text().split("\n")[2]).toBe("  漢字漢字漢字…  1.2 s")
  })

  it("a window that became narrower shows one block after the next drawing", () => {
    const { screen, printer, resize } = live(100, 24)
    printer.log("above")
    printer.print(snapshotOf())
    resize(30)
    printer.redraw()
    expect(screen.text()).toBe(
      [
        "above",
        "studies  5/12  41 %  2.5/s  …",
        "  4 succeeded, 1 failed, 1 r…",
        "  GAMMA  1.2 s",
        "  DELTA  0.8 s  try 2",
        "  last failure: BETA: Forbid…",
        "",
      ].join("\n"),
    )
  })

  it("more running units than there is room for are counted", () => {
    const { screen, printer } = live(80, 24, { runningShown: 1, unicode: false })
    printer.print(snapshotOf({ runningCount: 40, failures: [] }))
    expect(screen.text().split("\n").slice(0, 4)).toEqual([
      "studies  ############------------------  5/12  41 %  2.5/s  2.0 s  2.8 s left",
      "  4 succeeded, 1 failed, 1 retry",
      "  GAMMA  1.2 s",
      "  and 39 more running",
    ])
  })

  it("a hostile label cannot move the cursor, colour the screen or reorder the text", () => {
    const { screen, printer } = live(120, 24)
    const label = "\u001b[2J\u001b[1;1H\rX\nY\u202eZ\u0007\u009b31m"
    printer.print(
      snapshotOf({
        running: [{ id: "x", label, attempt: 1, elapsedMs: 0, retrying: false }],
        runningCount: 1,
        failures: [{ id: "x", label, status: "failed", tag: "\u001b[31m", message: "\n\u001b]0;title\u0007" }],
      }),
    )
    // The virtual terminal throws at any control sequence or character that is not one of the block's own.
    expect(screen.text().split("\n")[2]).toBe(
      "  \\u001b[2J\\u001b[1;1H\\u000dX\\u000aY\\u202eZ\\u0007\\u009b31m  0.0 s",
    )
    expect(screen.text().split("\n").length).toBe(5)
    printer.log("\u001b[2Jgone?\r\nnext\tcolumn\n")
    expect(screen.text().split("\n").slice(0, 2)).toEqual(["\\u001b[2Jgone?", "next  column"])
  })

  it("colours come only where they are asked for, and never carry a meaning alone", () => {
    const written: Array<string> = []
    ProgressBlock.terminal({ write: (text) => written.push(text) }).print(snapshotOf())
    expect(written.join("")).not.toContain("\u001b[")
    const coloured: Array<string> = []
    ProgressBlock.terminal({ write: (text) => coloured.push(text), color: true }).print(snapshotOf())
    expect(coloured.join("")).toContain("\u001b[32m4 succeeded\u001b[0m, \u001b[31m1 failed\u001b[0m")
    // oxlint-disable-next-line no-control-regex
    expect(coloured.join("").replaceAll(/\u001b\[\d+m/g, "")).toBe(written.join(""))
  })

  it("closing without a last snapshot leaves nothing of the block", () => {
    const { screen, printer } = live(80, 24)
    printer.log("kept")
    printer.print(snapshotOf())
    printer.close()
    expect(screen.text()).toBe("kept\n")
  })
})

describe("plain lines", () => {
  const linesOf = (times: ReadonlyArray<readonly [number, number]>) => {
    let text = ""
    const printer = ProgressPrinter.lines({ write: (line) => (text += line), title: "studies" })
    for (const [atMs, done] of times) {
      const counts = { ...snapshotOf().counts, planned: 100, succeeded: done, failed: 0 }
      printer.print(snapshotOf({ atMs, elapsedMs: atMs, done, total: 100, counts, retries: 0 }))
    }
    return { text, printer }
  }

  it("a line tells what the block tells", () => {
    expect(linesOf([[0, 41]]).text).toBe("studies 41/100 (41 %), 2.5/s, 0.0 s elapsed, 2.8 s left: 41 succeeded\n")
  })

  it("at most one line in 5 s, one for each 10 %, one for a minute of silence, and the last", () => {
    const every = Array.from({ length: 200 }, (_, i) => [i * 1_000, Math.min(99, Math.floor(i / 2))] as const)
    const done = [...linesOf(every).text.matchAll(/(\d+)\/100/g)].map((found) => Number(found[1]))
    expect(done).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90])
    const fast = Array.from({ length: 50 }, (_, i) => [i * 100, i * 2] as const)
    expect(linesOf(fast).text.split("\n").length).toBe(2)
    const stuck = Array.from({ length: 121 }, (_, i) => [i * 1_000, 5] as const)
    expect(linesOf(stuck).text.split("\n").length).toBe(4)
  })

  it("the summary tells the mean rate; an interrupted run says that it was stopped", () => {
    let text = ""
    const printer = ProgressPrinter.lines({ write: (line) => (text += line) })
    printer.print(ended)
    printer.print({ ...ended, status: "interrupted", done: 7 })
    expect(text).toBe(
      "12/12 done in 4.1 s (2.9/s on average), 1 retry: 10 succeeded, 2 failed\n" +
        "7/12 done, stopped after 4.1 s (2.9/s on average), 1 retry: 10 succeeded, 2 failed\n",
    )
  })
})

describe("JSON lines and silence", () => {
  it("each line is one JSON object with its type; the last snapshot is always there", () => {
    const written: Array<string> = []
    const printer = ProgressPrinter.jsonLines({ write: (text) => written.push(text) })
    printer.print(snapshotOf({ atMs: 0 }))
    printer.print(snapshotOf({ atMs: 999 }))
    printer.print(snapshotOf({ atMs: 1_000 }))
    printer.print({ ...ended, atMs: 1_001 })
    printer.log("a\nb")
    expect(written.every((line) => line.endsWith("\n") && line.indexOf("\n") === line.length - 1)).toBe(true)
    const parsed = written.map((line): { type: string; atMs?: number } => JSON.parse(line))
    expect(parsed.map((line) => [line.type, line.atMs])).toEqual([
      ["progress", 0],
      ["progress", 1_000],
      ["progress", 1_001],
      ["log", undefined],
    ])
  })

  it.effect("a run is shown from its first event to its summary", () =>
    Effect.gen(function* () {
      const model = Progress.make()
      let text = ""
      const printer = ProgressPrinter.lines({ write: (line) => (text += line) })
      const fiber = yield* Effect.forkChild(ProgressPrinter.run(model, printer))
      yield* TestClock.adjust(1_000)
      Progress.update(
        model,
        { type: "runStarted", session: 1, planned: 2, reused: 0, concurrency: 1, seed: "", placement: "fibers" },
        1_000,
      )
      yield* TestClock.adjust(1_000)
      const counts = { ...Progress.snapshot(model, 2_000).counts, succeeded: 2 }
      Progress.update(model, { type: "runFinished", status: "succeeded", counts }, 2_000)
      yield* Fiber.join(fiber)
      expect(text).toBe("0/2 (0 %), 1.0 s elapsed\n2/2 done in 1.0 s: 2 succeeded\n")
    }),
  )

  it("silence is silence", () => {
    ProgressPrinter.silent.print(ended)
    ProgressPrinter.silent.log("nothing")
  })
})

describe("this process's terminal", () => {
  const collected = (tty: boolean) => {
    const stream: ProgressTerminal.TerminalStream & { isTTY?: boolean; columns?: number; rows?: number } =
      new PassThrough()
    if (tty) Object.assign(stream, { isTTY: true, columns: 80, rows: 24 })
    let text = ""
    stream.on("data", (chunk) => (text += String(chunk)))
    return { stream, text: () => text }
  }

  it.effect("a terminal gets the block, anything else plain lines", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const tty = collected(true)
        const block = yield* ProgressTerminal.make({ stream: tty.stream, env: { LANG: "en_US.UTF-8" } })
        block.print(snapshotOf())
        expect(tty.text()).toContain("█")
        expect(tty.text()).toContain("\u001b[32m4 succeeded")
        const pipe = collected(false)
        const lines = yield* ProgressTerminal.make({ stream: pipe.stream, env: {} })
        lines.print(snapshotOf())
        expect(pipe.text()).toBe("5/12 (41 %), 2.5/s, 2.0 s elapsed, 2.8 s left, 1 retry: 4 succeeded, 1 failed\n")
      }),
    ),
  )

  it.effect("NO_COLOR, a dumb terminal and a locale without UTF-8 are honoured", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const plain = collected(true)
        const block = yield* ProgressTerminal.make({ stream: plain.stream, env: { NO_COLOR: "1", LANG: "C" } })
        block.print(snapshotOf())
        expect(plain.text()).not.toContain("\u001b[3")
        expect(plain.text()).toContain("####")
        const dumb = collected(true)
        const lines = yield* ProgressTerminal.make({ stream: dumb.stream, env: { TERM: "dumb" } })
        lines.print(snapshotOf())
        expect(dumb.text()).not.toContain("\u001b")
      }),
    ),
  )

  it.effect("a change of size draws anew, and the scope's end takes the block away", () =>
    Effect.gen(function* () {
      const tty = collected(true)
      const screen = new VirtualTerminal(80, 24)
      yield* Effect.scoped(
        Effect.gen(function* () {
          const block = yield* ProgressTerminal.make({ stream: tty.stream, env: {} })
          block.print(snapshotOf())
          const before = tty.text().length
          tty.stream.emit("resize")
          expect(tty.text().length).toBeGreaterThan(before)
        }),
      )
      screen.write(tty.text())
      expect(screen.text()).toBe("")
      expect(tty.stream.listenerCount("resize")).toBe(0)
    }),
  )

  it.live("a reader that went away ends the display and nothing else", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const broken: ProgressTerminal.TerminalStream = new Writable({
          write: (_chunk, _encoding, done) => done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
        })
        const lines = yield* ProgressTerminal.make({ stream: broken, env: {} })
        lines.print(ended)
        yield* Effect.sleep(1)
        lines.print(ended)
      }),
    ),
  )

  it.live("a real process whose stderr was closed goes on to its end", () =>
    Effect.gen(function* () {
      const program = fileURLToPath(new URL("./fixtures/progressToClosedStderr.ts", import.meta.url))
      const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "pipe"] })
      let out = ""
      child.stdout.on("data", (text) => (out += String(text)))
      child.stderr.destroy()
      const [code] = yield* Effect.promise(() => once(child, "close"))
      expect({ code, out }).toEqual({ code: 0, out: "went on\n" })
    }),
  )
})
